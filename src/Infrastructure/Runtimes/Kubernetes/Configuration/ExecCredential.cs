using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>What a credential plugin is told in <c>KUBERNETES_EXEC_INFO</c>, and what it prints.</summary>
internal sealed record ExecCredential(string? ApiVersion, string? Kind, ExecCredentialSpec? Spec, ExecCredentialStatus? Status)
{
    private const string KindName = "ExecCredential";

    public static string Ask(ClusterConnection connection, PluginCredentials plugin)
    {
        var cluster = !plugin.ProvideClusterInfo ? null : new ExecCluster(
            connection.Server.AbsoluteUri.TrimEnd('/'),
            connection.TlsServerName,
            connection.SkipTlsVerify,
            connection.CertificateAuthority is { } authority ? Encoding.UTF8.GetBytes(authority) : null,
            connection.Proxy?.OriginalString);
        return JsonSerializer.Serialize(
            new ExecCredential(plugin.ApiVersion, KindName, new ExecCredentialSpec(Interactive: false, cluster), Status: null),
            ExecCredentialJson.Default.ExecCredential);
    }

    /// <summary>The credential in what a plugin printed.</summary>
    /// <exception cref="PluginException">There is none in it.</exception>
    public static ExecCredentialStatus Parse(ReadOnlySpan<byte> output, string apiVersion)
    {
        ExecCredential? answer;
        try
        {
            answer = JsonSerializer.Deserialize(output, ExecCredentialJson.Default.ExecCredential);
        }
        catch (JsonException)
        {
            // Its message, and so the exception itself, may quote a part of what was printed.
            throw new PluginException("didn't print an ExecCredential in JSON.");
        }

        if (answer is not { Kind: KindName })
            throw new PluginException("didn't print an ExecCredential in JSON.");
        if (answer.ApiVersion != apiVersion)
            throw new PluginException($"printed an ExecCredential of another version than {apiVersion}, which it was asked for.");

        return answer.Status switch
        {
            null => throw new PluginException("printed an ExecCredential without a status."),
            { ClientCertificateData: null } status when status.ClientKeyData is not null => throw new PluginException("printed a client key without a client certificate."),
            { ClientKeyData: null } status when status.ClientCertificateData is not null => throw new PluginException("printed a client certificate without a client key."),
            { Token: null or "", ClientCertificateData: null } => throw new PluginException("printed an ExecCredential with neither a token nor a client certificate."),
            { Token: "" } status => status with { Token = null },
            var status => status,
        };
    }
}

internal sealed record ExecCredentialSpec(bool Interactive, ExecCluster? Cluster);

internal sealed record ExecCluster(
    string Server,
    [property: JsonPropertyName("tls-server-name")] string? TlsServerName,
    [property: JsonPropertyName("insecure-skip-tls-verify")] bool InsecureSkipTlsVerify,
    [property: JsonPropertyName("certificate-authority-data")] byte[]? CertificateAuthorityData,
    [property: JsonPropertyName("proxy-url")] string? ProxyUrl);

/// <summary>Holds secrets.</summary>
internal sealed record ExecCredentialStatus(string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp)
{
    public override string ToString() => nameof(ExecCredentialStatus);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecCredential))]
internal sealed partial class ExecCredentialJson : JsonSerializerContext;
