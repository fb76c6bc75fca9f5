namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>How a cluster's API server is reached and who asks. Holds secrets, but shows none of them to <see cref="ToString"/>.</summary>
public sealed record ClusterConnection
{
    /// <summary>The API server. Its path ends with a slash: addresses relative to it (<c>api/v1/pods</c>, without a slash in front) stay below it.</summary>
    public required Uri Server { get; init; }

    /// <summary>Absolute paths of the kubeconfig files that it was put together from; empty: given to the pod that this server runs in.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Name of the kubeconfig's context; null inside a cluster.</summary>
    public string? Context { get; init; }

    /// <summary>Certificates, as PEM, one of which has to stand behind the server's; null: those that this machine trusts.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Any server is believed to be the right one.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name that the server's certificate has to be for; null: the one in <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>An http, https or socks5 address, with credentials where they are needed; null: as the environment says (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>).</summary>
    public Uri? Proxy { get; init; }

    /// <summary>What the context, or the pod, calls its own namespace.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>What goes into the <c>Authorization</c> header.</summary>
    public ClusterCredentials Credentials { get; init; } = new NoCredentials();

    /// <summary>Shown in the TLS handshake; null: none, or the one that <see cref="PluginCredentials"/> give.</summary>
    public ClientCertificateSource? ClientCertificate { get; init; }

    /// <summary>Whom the cluster shall take this server for; null: whoever the credentials belong to.</summary>
    public Impersonation? Impersonation { get; init; }

    /// <summary>For people: where the cluster is and where that is written.</summary>
    public string Description
    {
        get
        {
            var address = Server.AbsoluteUri.TrimEnd('/');
            return Files.Count == 0
                ? $"the cluster this server runs in, {address}"
                : $"context {Context} at {address} (from {string.Join(", ", Files)})";
        }
    }

    /// <summary>Sentences about what is allowed but worth knowing.</summary>
    public IReadOnlyList<string> Warnings => SkipTlsVerify
        ? [$"The certificate of the cluster at {Server.AbsoluteUri.TrimEnd('/')} isn't checked (insecure-skip-tls-verify): whoever is on the way can read and change everything."]
        : [];

    public override string ToString() => Description;
}

/// <summary>One of the records below.</summary>
public abstract record ClusterCredentials
{
    public sealed override string ToString() => GetType().Name;
}

public sealed record NoCredentials : ClusterCredentials;

public sealed record TokenCredentials(string Token) : ClusterCredentials;

/// <summary>A token that somebody else renews.</summary>
/// <param name="Path">Absolute.</param>
public sealed record TokenFileCredentials(string Path) : ClusterCredentials;

public sealed record BasicCredentials(string UserName, string Password) : ClusterCredentials;

/// <summary>A program that prints credentials: <c>exec</c> in a kubeconfig.</summary>
/// <param name="ApiVersion">Of the <c>ExecCredential</c> that it is asked for.</param>
/// <param name="Command">A path, or the name of a program to be searched for.</param>
/// <param name="Arguments">In their order.</param>
/// <param name="Environment">Added to this process's own.</param>
/// <param name="ProvideClusterInfo">Whether it is told which cluster is meant.</param>
/// <param name="InstallHint">For people who don't have the program; null: none is given.</param>
/// <param name="Origin">The file and user that ask for it, to begin a sentence with.</param>
public sealed record PluginCredentials(
    string ApiVersion,
    string Command,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    bool ProvideClusterInfo,
    string? InstallHint,
    string Origin) : ClusterCredentials;

/// <summary>A certificate with its private key.</summary>
/// <param name="Certificate">The certificate itself, and those between it and its authority.</param>
/// <param name="Key">Unencrypted; RSA or EC.</param>
public sealed record ClientCertificateSource(PemSource Certificate, PemSource Key);

/// <summary>PEM text, or the file that holds it.</summary>
/// <param name="Text">Null when it is in the file.</param>
/// <param name="Path">Absolute; null when it is in the text.</param>
public sealed record PemSource(string? Text, string? Path)
{
    public override string ToString() => Path ?? "PEM";
}

/// <summary><c>as</c> in a kubeconfig.</summary>
public sealed record Impersonation(string UserName, string? Uid, string? Group);
