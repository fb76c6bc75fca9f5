using System.Security.Cryptography;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>Reads a user of a kubeconfig.</summary>
internal static class UserCredentials
{
    public static ClusterCredentials Read(KubeConfigSection user, IKubeConfigFiles files)
    {
        if (user.Has("auth-provider"))
            throw user.Fault("has an auth-provider, which Kubernetes no longer supports; use an exec plugin or a token instead");

        var token = user.Text("token")?.Trim();
        var tokenFile = user.FilePath("tokenFile");
        var userName = user.Text("username");
        var password = user.Text("password");
        var hasToken = token is not null || tokenFile is not null;
        if (hasToken && (userName is not null || password is not null))
            throw user.Fault("has both a token and a password; keep one of them");
        if (userName?.Contains(':', StringComparison.Ordinal) == true)
            throw user.Fault("has a username with a colon, which can't be sent");

        if (tokenFile is not null)
        {
            var held = files.Read(tokenFile, $"{user.Label} has a tokenFile, {tokenFile}, that")
                ?? throw user.Fault($"has a tokenFile, {tokenFile}, that doesn't exist");
            return BearerToken.IsValid(held.Trim())
                ? new TokenFileCredentials(tokenFile)
                : throw user.Fault($"has a tokenFile, {tokenFile}, that doesn't hold a token");
        }

        if (token is not null)
            return BearerToken.IsValid(token) ? new TokenCredentials(token) : throw user.Fault("has a token with characters that no token has");
        if (userName is not null || password is not null)
            return new BasicCredentials(userName ?? "", password ?? "");
        if (user.Section("exec") is not { } exec)
            return new NoCredentials();
        return user.Has("client-certificate") || user.Has("client-certificate-data")
            ? throw user.Fault("has both an exec and a client certificate; keep one of them")
            : ReadPlugin(user, exec);
    }

    public static ClientCertificateSource? ReadCertificate(KubeConfigSection user, IKubeConfigFiles files)
    {
        var certificate = ReadPem(user, "client-certificate", files);
        var key = ReadPem(user, "client-key", files);
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw user.Fault(key is null ? "has a client certificate without a client key" : "has a client key without a client certificate");

        try
        {
            ClientIdentity.FromPem(certificate.Value.Pem, key.Value.Pem).Dispose();
        }
        catch (CryptographicException exception)
        {
            throw user.Fault("has a client certificate and key that can't be used: both have to be PEM, belong together, and not be encrypted", exception);
        }

        return new ClientCertificateSource(certificate.Value.Source, key.Value.Source);
    }

    public static Impersonation? ReadImpersonation(KubeConfigSection user)
    {
        if (user.Has("as-user-extra"))
            throw user.Fault("has as-user-extra, which isn't supported");

        // .NET puts several values of such a header on one line, which Kubernetes takes for one group with a comma in its name.
        var groups = user.Texts("as-groups");
        if (groups.Count > 1)
            throw user.Fault("has more than one of as-groups, which isn't supported");

        var (userName, uid, group) = (user.Text("as"), user.Text("as-uid"), groups.FirstOrDefault());
        if (!new[] { userName, uid, group }.All(text => text?.All(character => character is >= ' ' and < '\u007f') ?? true))
            throw user.Fault("has an as, as-uid or as-groups with characters that can't be sent");
        if (userName is not null)
            return new Impersonation(userName, uid, group);
        return uid is null && group is null ? null : throw user.Fault("has as-uid or as-groups without as");
    }

    private static PluginCredentials ReadPlugin(KubeConfigSection user, KubeConfigSection exec)
    {
        var command = exec.Text("command") ?? throw user.Fault("has an exec without a command");
        var version = exec.Text("apiVersion");
        if (version is not (CredentialPlugin.V1 or CredentialPlugin.V1Beta1))
            throw user.Fault($"has an exec whose apiVersion isn't {CredentialPlugin.V1} or {CredentialPlugin.V1Beta1}; newer versions of the plugin offer them");
        if (exec.Text("interactiveMode") == "Always")
            throw user.Fault("has an exec that always wants to ask somebody (interactiveMode), which a server can't");

        // A name alone is searched for like in a shell; anything else is a path, from where the file is.
        if (command.Contains('/', StringComparison.Ordinal) || command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            command = exec.FilePath("command")!;

        return new PluginCredentials(
            version,
            command,
            exec.Texts("args"),
            [.. exec.Sections("env").Select(variable => KeyValuePair.Create(
                variable.Text("name") ?? throw user.Fault("has an exec with a variable without a name"),
                variable.Text("value") ?? ""))],
            exec.Flag("provideClusterInfo"),
            exec.Text("installHint")?.Trim(),
            user.Label);
    }

    private static (PemSource Source, string Pem)? ReadPem(KubeConfigSection user, string key, IKubeConfigFiles files)
    {
        if (user.Base64($"{key}-data") is { } data)
            return (new PemSource(data, null), data);
        if (user.FilePath(key) is not { } path)
            return null;
        var pem = files.Read(path, $"{user.Label} has a {key}, {path}, that") ?? throw user.Fault($"has a {key}, {path}, that doesn't exist");
        return (new PemSource(null, path), pem);
    }
}
