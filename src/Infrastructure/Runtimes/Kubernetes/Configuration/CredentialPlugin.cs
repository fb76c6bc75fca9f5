using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>
/// A credential plugin (<c>exec</c> in a kubeconfig): one run at a time, its answer kept until a minute before it expires or until the server
/// refuses it.
/// </summary>
internal sealed class CredentialPlugin(ClusterConnection connection, PluginCredentials plugin, TimeProvider time) : ICredentialSource, IDisposable
{
    public const string V1 = "client.authentication.k8s.io/v1";
    public const string V1Beta1 = "client.authentication.k8s.io/v1beta1";

    /// <summary>So that what is sent is still good when it arrives.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>A plugin that fails isn't started again for each of many requests that come at once.</summary>
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _running = new(1);
    private readonly PluginProcess _process = new(connection, plugin, time);
    private volatile Answer? _answer;
    private (string Sentence, long At)? _failure;

    public bool CanRenew => true;

    public async ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } credential)
            return credential;

        await _running.WaitAsync(cancellationToken);
        try
        {
            return Current() ?? await RunAsync(cancellationToken);
        }
        finally
        {
            _running.Release();
        }
    }

    public async ValueTask<ClusterCredential?> RenewAsync(ClusterCredential refused, CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            return Current() is { } credential && !ReferenceEquals(credential, refused) ? credential : await RunAsync(cancellationToken);
        }
        finally
        {
            _running.Release();
        }
    }

    public void Dispose() => _running.Dispose();

    private ClusterCredential? Current() => _answer is { } answer && time.GetUtcNow() < answer.UsableUntil ? answer.Credential : null;

    private async Task<ClusterCredential> RunAsync(CancellationToken cancellationToken)
    {
        if (_failure is { } failure && time.GetElapsedTime(failure.At) < FailurePause)
            throw new ClusterCredentialException(failure.Sentence);

        try
        {
            var output = await _process.RunAsync(cancellationToken);
            var answer = Read(ExecCredential.Parse(output, plugin.ApiVersion));
            _failure = null;
            _answer = answer;
            return answer.Credential;
        }
        catch (PluginException exception)
        {
            _failure = ($"{plugin.Origin} gets its credentials from {plugin.Command}, which {exception.Message}", time.GetTimestamp());
            throw new ClusterCredentialException(_failure.Value.Sentence, exception);
        }
    }

    private Answer Read(ExecCredentialStatus status)
    {
        if (status.Token is { } token && !BearerToken.IsValid(token))
            throw new PluginException("printed a token with characters that no token has.");

        ClientIdentity? identity = null;
        if (status is { ClientCertificateData: { } certificate, ClientKeyData: { } key })
        {
            try
            {
                identity = ClientIdentity.FromPem(certificate, key);
            }
            catch (CryptographicException exception)
            {
                throw new PluginException("printed a client certificate and key that can't be used.", exception);
            }
        }

        return new Answer(
            new ClusterCredential(status.Token is null ? null : new AuthenticationHeaderValue("Bearer", status.Token), identity),
            status.ExpirationTimestamp is { } expiry && expiry > DateTimeOffset.MinValue + Margin ? expiry - Margin : DateTimeOffset.MaxValue);
    }

    private sealed record Answer(ClusterCredential Credential, DateTimeOffset UsableUntil);
}

/// <summary>A plugin gave no credential. The message goes on from the plugin's name, repeats nothing that it printed to its output, and ends the sentence.</summary>
internal sealed class PluginException(string message, Exception? innerException = null) : Exception(message, innerException);
