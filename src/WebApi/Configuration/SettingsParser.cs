using System.Net;
using System.Text.RegularExpressions;
using Npgsql;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Audit;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Sessions.Retention;

namespace StackAgent.WebApi.Configuration;

/// <summary>Makes <see cref="Settings"/> of environment variables: the same for the same variables, but for what it has to ask of the machine.</summary>
public static partial class SettingsParser
{
    public const int SecretMinLength = 32;

    private const int DefaultPort = 8000;
    private const string SharedAgentPlatformPath = "/var/agent-platform";

    /// <summary>Reads the variables.</summary>
    /// <param name="environment">Variable → value; empty counts as absent.</param>
    /// <param name="workingDirectory">Absolute; what relative paths are relative to.</param>
    /// <param name="machine">Asked about folders; changed only once every value is known to be good.</param>
    /// <exception cref="SettingsException">One sentence for every bad value, not only the first.</exception>
    public static Settings Parse(IReadOnlyDictionary<string, string?> environment, string workingDirectory, IMachine machine)
    {
        var reader = new EnvironmentReader(environment);
        var warnings = new List<string>();

        var isProduction = reader.Word("ENVIRONMENT", "development", "production") == "production";
        var server = ParseServer(reader, isProduction);
        var database = ParseDatabase(reader, workingDirectory, warnings);
        var isMemory = database is MemoryDatabaseSettings;
        var secret = ParseSecret(reader, isProduction);
        var tokens = new TokenSettings(
            secret ?? "",
            TimeSpan.FromMinutes(reader.Number("ACCESS_TOKEN_EXPIRE_MINUTES", 30, 1, 10_080)),
            TimeSpan.FromDays(reader.Number("REFRESH_TOKEN_EXPIRE_DAYS", 7, 1, 365)))
        {
            PreviousSecrets = ParsePreviousSecrets(reader),
        };
        reader.Word("ALGORITHM", "hs256");
        var cors = ParseCors(reader);
        var runtime = RuntimeParser.Parse(reader, isProduction, hasPublicUrl: server.PublicUrl is not null, workingDirectory, machine, warnings);
        var uploads = new UploadSettings(
            reader.Number("AGENT_MAX_ZIP_BYTES", 200L << 20, 1, long.MaxValue),
            reader.Number("AGENT_MAX_UNPACKED_BYTES", 1L << 30, 1, long.MaxValue),
            (int)reader.Number("AGENT_MAX_ZIP_ENTRIES", 10_000, 1, int.MaxValue),
            (int)reader.Number("AGENT_MAX_ZIP_RATIO", 100, 1, int.MaxValue));
        var limits = LimitsParser.ParseLimits(reader);
        var quotas = LimitsParser.ParseQuotas(reader);
        var trustedProxies = LimitsParser.ParseTrustedProxies(reader);
        var leadership = ParseLeadership(reader, runtime);
        var notifications = ParseNotifications(reader, warnings);
        var retention = ParseRetention(reader);
        var auditDays = reader.Number("AUDIT_RETENTION_DAYS", 365, 0, 36_500);
        var telemetry = TelemetryParser.Parse(reader);
        var anonymousOwner = ParseAnonymousOwner(reader, warnings);
        var dataFolder = Path.GetFullPath("data", workingDirectory);
        var platformPath = ParsePlatformPath(reader, isMemory, dataFolder, workingDirectory, machine);

        if (reader.Faults.Count > 0)
            throw new SettingsException(reader.Faults);

        // From here on the machine is changed, so nothing is left of a start that a bad value stops.
        if (isMemory)
            dataFolder = machine.MakeTemporaryFolder();
        if (secret is null)
            tokens = tokens with { Secret = isMemory ? machine.MakeSecret() : machine.KeepSecret(Path.Combine(dataFolder, "secret.key")) };

        var storage = new StorageSettings(dataFolder, platformPath ?? Path.Combine(dataFolder, "agent-platform"), isMemory);
        if (runtime.Kubernetes is { } kubernetes)
        {
            var fetch = kubernetes.Options.Fetch is { } wanted ? CodeDeliveryParser.WithVolume(wanted, uploads) : null;
            runtime = runtime with { Kubernetes = kubernetes with { Options = kubernetes.Options with { PlatformPath = storage.AgentPlatformPath, Fetch = fetch } } };
        }

        return new Settings
        {
            IsProduction = isProduction,
            Server = server,
            Database = database,
            Storage = storage,
            Tokens = tokens,
            Cors = cors,
            Runtime = runtime,
            Uploads = uploads,
            Limits = limits,
            Quotas = quotas,
            TrustedProxies = trustedProxies,
            Notifications = notifications,
            Leadership = leadership,
            Retention = retention,
            Audit = new AuditOptions(auditDays == 0 ? null : TimeSpan.FromDays(auditDays)),
            WebhookAnonymousOwner = anonymousOwner,
            Telemetry = telemetry,
            Warnings = warnings,
        };
    }

    /// <summary>Only where the server listens; nothing is asked of the machine or changed on it.</summary>
    /// <exception cref="SettingsException">A value of these is bad.</exception>
    public static ServerSettings ParseServer(IReadOnlyDictionary<string, string?> environment)
    {
        var reader = new EnvironmentReader(environment);
        var server = ParseServer(reader, isProduction: reader.Word("ENVIRONMENT", "development", "production") == "production");
        return reader.Faults.Count == 0 ? server : throw new SettingsException(reader.Faults);
    }

    private static ServerSettings ParseServer(EnvironmentReader reader, bool isProduction)
    {
        var host = reader.Text("HOST") ?? (isProduction ? "*" : "127.0.0.1");
        if (host is "0.0.0.0" or "::" or "[::]" or "+")
            host = "*";
        if (host is not ("*" or "localhost") && !IPAddress.TryParse(host, out _))
            reader.Refuse("HOST must be an IP address of this machine, localhost, or * for every address.");

        return new ServerSettings(host, (int)reader.Number("PORT", DefaultPort, 0, 65_535), reader.BaseUrl("PUBLIC_URL"))
        {
            ShutdownDelay = TimeSpan.FromSeconds(reader.Number("SHUTDOWN_DELAY_SECONDS", 0, 0, 300)),
        };
    }

    private static DatabaseSettings ParseDatabase(EnvironmentReader reader, string workingDirectory, List<string> warnings)
    {
        var url = reader.Text("DATABASE_URL");
        var name = reader.Text("DB_NAME");
        var maxOpen = reader.OptionalNumber("DB_MAX_OPEN_CONNS", 1, 1000);
        var maxIdle = reader.OptionalNumber("DB_MAX_IDLE_CONNS", 0, 1000);
        var lifetime = reader.Duration("DB_CONN_MAX_LIFETIME");

        if (reader.Word("STORAGE", "memory", "database") == "memory")
        {
            if (url is not null || name is not null)
                warnings.Add("STORAGE=memory: the database that is configured beside it isn't used.");
            return new MemoryDatabaseSettings();
        }

        try
        {
            if (url is not null)
                return DatabaseUrl.Parse(url, workingDirectory, ApplyPool);
        }
        catch (SettingsException fault)
        {
            reader.Refuse(fault.Message);
            return new MemoryDatabaseSettings();
        }

        if (name is not null)
            return ParseDatabaseParts(reader, name, ApplyPool);

        if (reader.Text("DB_HOST") is not null)
            reader.Refuse("DB_HOST is set but DB_NAME isn't; DB_NAME selects PostgreSQL.");
        return new SqliteDatabaseSettings(Path.GetFullPath(Path.Combine("data", "stackagent.db"), workingDirectory));

        void ApplyPool(NpgsqlConnectionStringBuilder builder)
        {
            if (maxOpen is { } open)
                builder.MaxPoolSize = open;
            if (maxIdle is { } idle)
                builder.MinPoolSize = Math.Min(idle, builder.MaxPoolSize);
            if (lifetime is { } seconds)
                builder.ConnectionLifetime = (int)seconds.TotalSeconds;
        }
    }

    private static PostgreSqlDatabaseSettings ParseDatabaseParts(
        EnvironmentReader reader, string name, Action<NpgsqlConnectionStringBuilder> applyPool)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = reader.Text("DB_HOST") ?? "localhost",
            Port = (int)reader.Number("DB_PORT", 5432, 1, 65_535),
            Database = name,
            MaxPoolSize = DatabaseUrl.DefaultMaxPoolSize,
            MaxAutoPrepare = DatabaseUrl.DefaultMaxAutoPrepare,
        };
        if (reader.Text("DB_USER") is { } user)
            builder.Username = user;
        if (reader.Exact("DB_PASSWORD") is { } password)
            builder.Password = password;
        if (reader.Text("DB_SSLMODE") is { } sslMode)
        {
            if (DatabaseUrl.TryParseSslMode(sslMode, out var mode))
                builder.SslMode = mode;
            else
                reader.Refuse("DB_SSLMODE must be disable, allow, prefer, require, verify-ca or verify-full.");
        }

        applyPool(builder);
        return DatabaseUrl.Describe(builder);
    }

    /// <summary>The given secret; null when one is to be made.</summary>
    private static string? ParseSecret(EnvironmentReader reader, bool isProduction)
    {
        var name = reader.Exact("SECRET_KEY") is not null ? "SECRET_KEY" : "JWT_SECRET";
        var secret = reader.Exact(name);
        if (secret is null && isProduction)
            reader.Refuse($"SECRET_KEY must be set in production, to at least {SecretMinLength} random characters.");
        if (secret is { Length: < SecretMinLength })
            reader.Refuse($"{name} must have at least {SecretMinLength} characters.");

        return secret;
    }

    /// <summary>One on each line: a secret may hold anything else.</summary>
    private static IReadOnlyList<string> ParsePreviousSecrets(EnvironmentReader reader)
    {
        const string Name = "SECRET_KEY_PREVIOUS";
        var secrets = (reader.Exact(Name) ?? "").Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (secrets.Any(secret => secret.Length < SecretMinLength))
            reader.Refuse($"{Name} must hold secrets of at least {SecretMinLength} characters, each on a line of its own.");
        return secrets;
    }

    private static CorsSettings ParseCors(EnvironmentReader reader)
    {
        var name = reader.Text("CORS_ORIGINS") is not null ? "CORS_ORIGINS" : "CORS_ALLOWED_ORIGINS";
        var entries = (reader.Text(name) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var origins = new List<string>();
        foreach (var entry in entries.Where(entry => entry != "*"))
        {
            if (EnvironmentReader.TryHttp(entry, out var url) && url is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
                origins.Add(url.GetLeftPart(UriPartial.Authority));
            else
                reader.Refuse($"{name} must be * or a list of origins such as https://app.example.com, separated by commas.");
        }

        return new CorsSettings([.. origins.Distinct(StringComparer.Ordinal)], entries.Contains("*"));
    }

    private static LeadershipOptions ParseLeadership(EnvironmentReader reader, RuntimeSettings runtime)
    {
        var name = reader.Text("LEADER_NAMESPACE") is not null ? "LEADER_NAMESPACE" : "POD_NAMESPACE";
        var ns = reader.Text(name);
        if (ns is not null && !NamespaceName().IsMatch(ns))
            reader.Refuse($"{name} must be the name of a Kubernetes namespace: lower-case letters, digits and hyphens.");
        return new LeadershipOptions(runtime.Kubernetes is null ? null : ns, reader.Text("POD_NAME"));
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamespaceName();

    private static RetentionOptions ParseRetention(EnvironmentReader reader)
    {
        var days = reader.Number("STATUS_RETENTION_DAYS", 90, 0, 36_500);
        return new RetentionOptions(
            days == 0 ? null : TimeSpan.FromDays(days),
            reader.OptionalNumber("STATUS_MAX_PER_SESSION", 1, int.MaxValue));
    }

    private static NotificationOptions ParseNotifications(EnvironmentReader reader, List<string> warnings)
    {
        const string UrlVariable = "NOTIFICATION_WEBHOOK_URL";
        var options = new NotificationOptions
        {
            WebhookUrl = reader.Url(UrlVariable),
            Timeout = TimeSpan.FromSeconds(reader.Number("NOTIFICATION_TIMEOUT_SECONDS", 5, 1, 300)),
            AllowPrivate = reader.Flag("NOTIFICATION_ALLOW_PRIVATE", fallback: false),
            Retention = TimeSpan.FromDays(reader.Number("NOTIFICATION_RETENTION_DAYS", 30, 1, 3650)),
        };
        if (options.WebhookUrl is not { } url)
            return options;

        if (url.AbsoluteUri.Length > WebhookUrl.MaxLength)
            reader.Refuse($"{UrlVariable} can have at most {WebhookUrl.MaxLength} characters.");
        else if (WebhookUrl.FindFault(url, allowPrivate: true) is { } fault)
            reader.Refuse($"{UrlVariable} can't be used: {fault}");
        else if (WebhookUrl.FindFault(url, options.AllowPrivate) is not null)
            warnings.Add($"{UrlVariable} isn't a public address, so nothing is sent to it unless NOTIFICATION_ALLOW_PRIVATE=true.");
        return options;
    }

    private static string? ParseAnonymousOwner(EnvironmentReader reader, List<string> warnings)
    {
        if (reader.Text("WEBHOOK_ANONYMOUS_OWNER") is not { } owner)
            return null;
        if (owner.Split('@') is not [{ Length: > 0 }, { Length: > 0 }])
            reader.Refuse("WEBHOOK_ANONYMOUS_OWNER must be the e-mail address of an account.");

        warnings.Add($"Status reports without credentials are accepted and belong to {owner}.");
        return owner;
    }

    /// <summary>Null: inside the data folder.</summary>
    private static string? ParsePlatformPath(
        EnvironmentReader reader, bool isMemory, string dataFolder, string workingDirectory, IMachine machine)
    {
        if (reader.Text("AGENT_PLATFORM_BASE_PATH") is { } given)
        {
            var path = Path.GetFullPath(given, workingDirectory);
            if (!machine.CanWriteTo(path))
                reader.Refuse($"AGENT_PLATFORM_BASE_PATH names {path}, which this user can't write to.");
            return path;
        }

        if (isMemory)
            return null;

        // Only where somebody made the folder for this purpose: a developer's server must not share one with another's by accident.
        if (machine.FolderExists(SharedAgentPlatformPath) && machine.CanWriteTo(SharedAgentPlatformPath))
            return SharedAgentPlatformPath;

        if (!machine.CanWriteTo(dataFolder))
            reader.Refuse($"AGENT_PLATFORM_BASE_PATH isn't set and {dataFolder} can't be written to; set it to a folder that can.");
        return null;
    }
}
