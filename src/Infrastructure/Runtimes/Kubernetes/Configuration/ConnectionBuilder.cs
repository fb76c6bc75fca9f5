namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>Makes a connection of one context of a kubeconfig, by kubectl's rules.</summary>
internal static class ConnectionBuilder
{
    /// <summary>Follows the context to its cluster and its user.</summary>
    /// <param name="config">One file, or several merged.</param>
    /// <param name="wanted">From <c>K8S_CONTEXT</c>; null: the current one.</param>
    /// <param name="files">For what the kubeconfig refers to.</param>
    /// <exception cref="KubeConfigException">Something on the way is missing, wrong or not supported.</exception>
    public static ClusterConnection Build(KubeConfigFile config, string? wanted, IKubeConfigFiles files)
    {
        var (name, context) = Choose(config, wanted);
        var cluster = Follow(context, "cluster", config.Clusters) ?? throw context.Fault("names no cluster");
        var user = Follow(context, "user", config.Users);
        var server = Server(cluster);
        var skipsVerification = cluster.Flag("insecure-skip-tls-verify");
        var authority = Authority(cluster, files);
        if (skipsVerification && authority is not null)
            throw cluster.Fault("has both a certificate authority and insecure-skip-tls-verify; keep one of them");

        var connection = new ClusterConnection
        {
            Server = server,
            Files = [.. new[] { context, cluster, user }.OfType<KubeConfigSection>().Select(section => section.File).Distinct(StringComparer.Ordinal)],
            Context = name,
            CertificateAuthority = authority,
            SkipTlsVerify = skipsVerification,
            TlsServerName = TlsServerName(cluster),
            Proxy = Proxy(cluster),
            Namespace = context.Text("namespace") ?? "default",
        };

        // As kubectl does: what would travel in the clear isn't sent. A local `kubectl proxy` needs none of it.
        if (user is null || server.Scheme != Uri.UriSchemeHttps)
            return connection;
        return connection with
        {
            Credentials = UserCredentials.Read(user, files),
            ClientCertificate = UserCredentials.ReadCertificate(user, files),
            Impersonation = UserCredentials.ReadImpersonation(user),
        };
    }

    private static (string Name, KubeConfigSection Context) Choose(KubeConfigFile config, string? wanted)
    {
        var name = wanted ?? config.CurrentContext;
        if (name is not null && config.Contexts.TryGetValue(name, out var context))
            return (name, context);

        var known = config.Contexts.Count == 0
            ? $"{config.Label} has no contexts at all"
            : $"{config.Label} has {string.Join(", ", config.Contexts.Keys.Order(StringComparer.Ordinal))}";
        throw new KubeConfigException((wanted, name) switch
        {
            ({ } variable, _) => $"K8S_CONTEXT is {variable}, but {known}.",
            (_, null) => config.Contexts.Count == 0 ? $"{known}." : $"{known}, but no current-context; set K8S_CONTEXT to one of them.",
            _ => $"{known}, but its current-context is {name}; set K8S_CONTEXT to one that exists.",
        });
    }

    /// <summary>Null when the context names none.</summary>
    private static KubeConfigSection? Follow(KubeConfigSection context, string key, IReadOnlyDictionary<string, KubeConfigSection> sections)
    {
        if (context.Text(key) is not { } name)
            return null;
        return sections.TryGetValue(name, out var section) ? section : throw context.Fault($"names the {key} \"{name}\", which doesn't exist");
    }

    private static Uri Server(KubeConfigSection cluster)
    {
        var text = cluster.Text("server") ?? throw cluster.Fault("has no server");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || server.Scheme is not ("https" or "http")
            || server is not { Query: "", Fragment: "", UserInfo: "" })
        {
            throw cluster.Fault("has a server that isn't an address such as https://cluster.example.com:6443");
        }

        return server.AbsolutePath.EndsWith('/') ? server : new UriBuilder(server) { Path = server.AbsolutePath + "/" }.Uri;
    }

    private static string? Authority(KubeConfigSection cluster, IKubeConfigFiles files)
    {
        if (cluster.Base64("certificate-authority-data") is { } data)
            return Pem.CheckAuthority(data, $"{cluster.Label} has certificate-authority-data that");
        if (cluster.FilePath("certificate-authority") is not { } path)
            return null;

        var pem = files.Read(path, $"{cluster.Label} has a certificate-authority, {path}, that")
            ?? throw cluster.Fault($"has a certificate-authority, {path}, that doesn't exist");
        return Pem.CheckAuthority(pem, $"{cluster.Label} has a certificate-authority, {path}, that");
    }

    private static string? TlsServerName(KubeConfigSection cluster)
    {
        var name = cluster.Text("tls-server-name");
        return name is null || Uri.CheckHostName(name) != UriHostNameType.Unknown
            ? name
            : throw cluster.Fault("has a tls-server-name that isn't a host name");
    }

    private static Uri? Proxy(KubeConfigSection cluster)
    {
        if (cluster.Text("proxy-url") is not { } text)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5" && proxy.Host.Length > 0
            ? proxy
            : throw cluster.Fault("has a proxy-url that doesn't start with http://, https:// or socks5://");
    }
}
