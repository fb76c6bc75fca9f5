using System.Globalization;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>
/// Finds the cluster that the environment means. First found wins: <c>K8S_CONFIG_PATH</c>, <c>KUBECONFIG</c>, the pod that this server runs in,
/// <c>~/.kube/config</c>. Nothing else is guessed, least of all a cluster on this machine.
/// </summary>
public static class KubeConfigLoader
{
    /// <summary>Where a pod finds its account.</summary>
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string ContextVariable = "K8S_CONTEXT";

    /// <summary>The connection; null when the environment names no cluster.</summary>
    /// <param name="environment">Variable → value; blank counts as absent.</param>
    /// <param name="workingDirectory">Absolute; what relative paths in variables are relative to.</param>
    /// <param name="files">Read, never written.</param>
    /// <exception cref="KubeConfigException">A configuration was found but can't be used. No other is tried then: it might be a cluster that isn't meant.</exception>
    public static ClusterConnection? Load(IReadOnlyDictionary<string, string?> environment, string workingDirectory, IKubeConfigFiles files)
    {
        var context = Value(ContextVariable);

        if (Value("K8S_CONFIG_PATH") is { } single)
            return FromFiles("K8S_CONFIG_PATH", [Absolute(single)]);
        if (Value("KUBECONFIG") is { } list)
            return FromFiles("KUBECONFIG", Paths(list));
        if (FromPod() is { } connection)
            return connection;
        return Home() is { } home ? FromHome(Path.Combine(home, ".kube", "config")) : null;

        string? Value(string name) => environment.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

        string? Home() => Value("HOME") ?? Value("USERPROFILE");

        string Absolute(string path) => path.StartsWith("~/", StringComparison.Ordinal) && Home() is { } home
            ? Path.GetFullPath(path[2..], home)
            : Path.GetFullPath(path, workingDirectory);

        IReadOnlyList<string> Paths(string list) =>
            [.. list.Split(Path.PathSeparator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(Absolute)
                .Distinct(StringComparer.Ordinal)];

        ClusterConnection FromFiles(string variable, IReadOnlyList<string> paths)
        {
            var found = new List<KubeConfigFile>();
            foreach (var path in paths)
            {
                var label = $"{variable} ({path})";
                if (files.Read(path, label) is { } text)
                    found.Add(KubeConfigFile.Parse(text, path, label));
            }

            if (found.Count == 0)
            {
                throw new KubeConfigException(paths.Count == 1
                    ? $"{variable} names {paths[0]}, which doesn't exist."
                    : $"{variable} names {string.Join(", ", paths)}, and none of them exists.");
            }

            return ConnectionBuilder.Build(found.Count == 1 ? found[0] : KubeConfigFile.Merge(found, variable), context, files);
        }

        ClusterConnection? FromHome(string path)
        {
            if (files.Read(path, path) is not { } text)
                return null;
            var file = KubeConfigFile.Parse(text, path, path);
            return file.IsEmpty ? null : ConnectionBuilder.Build(file, context, files);
        }

        ClusterConnection? FromPod()
        {
            if (Value("KUBERNETES_SERVICE_HOST") is not { } host || Value("KUBERNETES_SERVICE_PORT") is not { } portText)
                return null;

            // A pod may be told about the cluster and yet not be given an account in it.
            const string TokenPath = ServiceAccount + "/token";
            if (files.Read(TokenPath, TokenPath) is null)
                return null;

            if (context is not null)
                throw new KubeConfigException($"{ContextVariable} is {context}, but this server runs in a pod, whose configuration has no contexts; unset it, or set K8S_CONFIG_PATH.");
            if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
                throw new KubeConfigException("KUBERNETES_SERVICE_PORT must be a port number from 1 to 65535.");
            if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
                throw new KubeConfigException("KUBERNETES_SERVICE_HOST must be a host name or an IP address.");

            const string AuthorityPath = ServiceAccount + "/ca.crt";
            return new ClusterConnection
            {
                Server = new UriBuilder(Uri.UriSchemeHttps, host, port).Uri,
                CertificateAuthority = Pem.CheckAuthority(
                    files.Read(AuthorityPath, AuthorityPath) ?? throw new KubeConfigException($"{AuthorityPath} doesn't exist, so that the cluster this server runs in can't be recognised."),
                    AuthorityPath),
                Credentials = new TokenFileCredentials(TokenPath),
                Namespace = files.Read(ServiceAccount + "/namespace", ServiceAccount + "/namespace")?.Trim() is { Length: > 0 } own ? own : "default",
            };
        }
    }

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="KubeConfigException">There is one that can't be read; the sentence begins with the label.</exception>
    internal static string? Read(this IKubeConfigFiles files, string path, string label)
    {
        try
        {
            return files.ReadText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"{label} can't be read by this user.", exception);
        }
    }
}
