using System.Net;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Notifications;
using StackAgent.Infrastructure.Audit;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Configuration;

/// <summary>Everything that the environment decides, checked and complete. Made once, by <see cref="SettingsParser"/>.</summary>
public sealed record Settings
{
    public required bool IsProduction { get; init; }

    public required ServerSettings Server { get; init; }

    public required DatabaseSettings Database { get; init; }

    public required StorageSettings Storage { get; init; }

    public required TokenSettings Tokens { get; init; }

    public required CorsSettings Cors { get; init; }

    public required RuntimeSettings Runtime { get; init; }

    public required UploadSettings Uploads { get; init; }

    public required NotificationOptions Notifications { get; init; }

    public required LimitSettings Limits { get; init; }

    /// <summary>How much one account may have.</summary>
    public required QuotaOptions Quotas { get; init; }

    /// <summary>Who may say in <c>X-Forwarded-For</c> whose request it is.</summary>
    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }

    /// <summary>Who decides which of several servers acts.</summary>
    public required LeadershipOptions Leadership { get; init; }

    /// <summary>How much of the sessions' histories is kept.</summary>
    public required RetentionOptions Retention { get; init; }

    /// <summary>How long the audit trail is kept.</summary>
    public required AuditOptions Audit { get; init; }

    /// <summary>E-mail of the account that owns status reports sent without credentials; null: such reports are refused.</summary>
    public required string? WebhookAnonymousOwner { get; init; }

    /// <summary>Where traces and metrics go; null: nowhere.</summary>
    public required TelemetrySettings? Telemetry { get; init; }

    /// <summary>Sentences about values that are allowed but worth knowing about; shown at the start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>Where the server listens.</summary>
/// <param name="Host">An IP address, <c>localhost</c>, or <c>*</c> for every address.</param>
/// <param name="Port">0: any free port.</param>
/// <param name="PublicUrl">How agents and people reach the server, without a trailing slash; null: derived from the address it listens on, see <see cref="IPublicAddress"/>.</param>
public sealed record ServerSettings(string Host, int Port, Uri? PublicUrl)
{
    /// <summary>How long a server that is told to stop still answers as before, but that it isn't ready: for load balancers to notice.</summary>
    public TimeSpan ShutdownDelay { get; init; }
}

/// <summary>One of the records below.</summary>
public abstract record DatabaseSettings
{
    /// <summary>For people: which database, without credentials.</summary>
    public abstract string Description { get; }
}

/// <summary>A file of this machine.</summary>
/// <param name="Path">Absolute.</param>
public sealed record SqliteDatabaseSettings(string Path) : DatabaseSettings
{
    public override string Description => $"SQLite, {Path}";
}

/// <summary>A PostgreSQL server.</summary>
/// <param name="ConnectionString">For Npgsql. Holds the password: never log it.</param>
/// <param name="Location">Host, port and database, without credentials.</param>
public sealed record PostgreSqlDatabaseSettings(string ConnectionString, string Location) : DatabaseSettings
{
    public override string Description => $"PostgreSQL, {Location}";

    public override string ToString() => Description;
}

/// <summary>Nothing outlives the process.</summary>
public sealed record MemoryDatabaseSettings : DatabaseSettings
{
    public override string Description => "in memory, nothing is kept";
}

/// <summary>Folders.</summary>
/// <param name="DataFolder">Absolute; what the server keeps beside the database and agents' files.</param>
/// <param name="AgentPlatformPath">Absolute; agents' code, logs and working folders.</param>
/// <param name="IsTemporary">Both were made for this process and go with it.</param>
public sealed record StorageSettings(string DataFolder, string AgentPlatformPath, bool IsTemporary);

/// <summary>How access tokens are signed and how long tokens live.</summary>
/// <param name="Secret">At least 32 characters. Never log it.</param>
/// <param name="AccessTokenLifetime">How long a caller may act without asking again.</param>
/// <param name="RefreshTokenLifetime">How long a login lasts without use.</param>
public sealed record TokenSettings(string Secret, TimeSpan AccessTokenLifetime, TimeSpan RefreshTokenLifetime)
{
    /// <summary>Secrets that other servers may have, or that this one had: what they signed and locked is good too. Never log them.</summary>
    public IReadOnlyList<string> PreviousSecrets { get; init; } = [];

    public override string ToString() => $"{nameof(TokenSettings)} {AccessTokenLifetime} {RefreshTokenLifetime}";
}

/// <summary>Which pages of other origins may call the API.</summary>
/// <param name="Origins">Named origins, which may send credentials.</param>
/// <param name="AnyOrigin">Every origin may call, without credentials unless it is named.</param>
public sealed record CorsSettings(IReadOnlyList<string> Origins, bool AnyOrigin);

/// <summary>What runs agents.</summary>
/// <param name="Kind">Never <see cref="RuntimeKind.Auto"/>: that is decided when the environment is read.</param>
/// <param name="DeployTimeout">After it an agent that isn't ready has failed.</param>
/// <param name="LocalGraphCommand">What runs a lone <c>graph.py</c> in the local runtime; null: nothing does.</param>
/// <param name="ChatUiBaseUrl">A chat interface that <c>ui_url</c> leads to; null: <c>ui_url</c> is the agent's own address.</param>
/// <param name="Kubernetes">For <see cref="RuntimeKind.Kubernetes"/>, else null.</param>
public sealed record RuntimeSettings(
    RuntimeKind Kind,
    TimeSpan DeployTimeout,
    string? LocalGraphCommand,
    Uri? ChatUiBaseUrl,
    KubernetesSettings? Kubernetes)
{
    public const int DefaultKeepRevisions = 10;

    /// <summary>So many of an agent's newest revisions are kept, and those that run or may have to.</summary>
    public int KeepRevisions { get; init; } = DefaultKeepRevisions;

    /// <summary>How agents reach this server where that isn't how people do; null: by its public address.</summary>
    public Uri? AgentsServerUrl { get; init; }

    /// <summary>Where agents' addresses begin, without a trailing slash; null: at this server, which forwards to them.</summary>
    public string? AgentsUrl => Kubernetes?.Options.Ingress.Host is { } host ? $"https://{host}" : null;
}

public enum RuntimeKind
{
    Auto,
    Kubernetes,
    Local,
}

/// <summary>Where the cluster is and what is put into it.</summary>
public sealed record KubernetesSettings(ClusterConnection Connection, KubernetesOptions Options);

/// <summary>What an uploaded ZIP may cost.</summary>
/// <param name="MaxZipBytes">Bytes of the file itself.</param>
/// <param name="MaxUnpackedBytes">Bytes of all that is in it.</param>
/// <param name="MaxEntries">Files and folders in it.</param>
/// <param name="MaxRatio">Unpacked bytes for each packed one.</param>
public sealed record UploadSettings(long MaxZipBytes, long MaxUnpackedBytes, int MaxEntries, int MaxRatio);
