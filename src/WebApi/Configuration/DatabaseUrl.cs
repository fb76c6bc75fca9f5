using System.Globalization;
using Npgsql;

namespace StackAgent.WebApi.Configuration;

/// <summary>Reads <c>DATABASE_URL</c> as libpq, SQLAlchemy and Go write it. A fault never repeats the URL: it holds a password.</summary>
internal static class DatabaseUrl
{
    /// <summary>Two servers, and a person with psql, fit into PostgreSQL's default of 100 connections.</summary>
    public const int DefaultMaxPoolSize = 40;

    /// <summary>
    /// Statements that a connection keeps prepared, those it uses most: planning a list takes as long as reading it. Some poolers in
    /// transaction mode don't bear prepared statements, so a <c>max_auto_prepare</c> in the URL goes before it.
    /// </summary>
    public const int DefaultMaxAutoPrepare = 100;

    private const string Forms = "DATABASE_URL must look like postgresql://user:password@host:5432/database or sqlite:///path/to/file.db.";

    /// <summary>Names of libpq and asyncpg that Npgsql has other names for; what isn't here is tried as it stands.</summary>
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["max_auto_prepare"] = "Max Auto Prepare",
        ["pool_size"] = "Maximum Pool Size",
        ["search_path"] = "Search Path",
        ["ssl"] = "SSL Mode",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    /// <summary>Reads the URL; <paramref name="adjust"/> has the last word on a PostgreSQL connection.</summary>
    /// <exception cref="SettingsException">One sentence that says what is wrong.</exception>
    public static DatabaseSettings Parse(string url, string workingDirectory, Action<NpgsqlConnectionStringBuilder> adjust)
    {
        var (scheme, rest) = url.IndexOf("://", StringComparison.Ordinal) is var colon and > 0
            ? (url[..colon].ToLowerInvariant(), url[(colon + 3)..])
            : throw new SettingsException(Forms);

        // SQLAlchemy names a driver after a plus; any driver's URL means the same database.
        return scheme.Split('+')[0] switch
        {
            "postgres" or "postgresql" => ParsePostgreSql(rest, adjust),
            "sqlite" => ParseSqlite(rest, workingDirectory),
            _ => throw new SettingsException(Forms),
        };
    }

    /// <summary>In libpq's, asyncpg's or Npgsql's spelling: <c>verify-full</c> is <c>VerifyFull</c>.</summary>
    public static bool TryParseSslMode(string text, out SslMode mode)
    {
        mode = SslMode.Prefer;
        return text.ToLowerInvariant() switch
        {
            "true" => Set(SslMode.Require, out mode),
            "false" => Set(SslMode.Disable, out mode),
            var word => !int.TryParse(word, CultureInfo.InvariantCulture, out _)
                && Enum.TryParse(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out mode),
        };

        static bool Set(SslMode value, out SslMode mode)
        {
            mode = value;
            return true;
        }
    }

    private static DatabaseSettings ParseSqlite(string rest, string workingDirectory)
    {
        if (rest.Contains('?', StringComparison.Ordinal) || !rest.StartsWith('/'))
            throw new SettingsException("DATABASE_URL for SQLite must be sqlite:///relative/path or sqlite:////absolute/path, without parameters.");

        var path = Uri.UnescapeDataString(rest[1..]);
        if (path is "" or ":memory:")
            return new MemoryDatabaseSettings();
        if (path.Contains('\0', StringComparison.Ordinal) || path.EndsWith('/'))
            throw new SettingsException("DATABASE_URL must name a file.");

        return new SqliteDatabaseSettings(Path.GetFullPath(path, workingDirectory));
    }

    private static PostgreSqlDatabaseSettings ParsePostgreSql(string rest, Action<NpgsqlConnectionStringBuilder> adjust)
    {
        var (address, query) = Cut(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var (authority, path) = Cut(address, address.IndexOf('/', StringComparison.Ordinal));
        var at = authority.LastIndexOf('@');
        var (userName, password) = at < 0 ? ("", "") : Cut(authority[..at], authority.IndexOf(':', StringComparison.Ordinal) is var colon && colon < at ? colon : -1);

        var builder = new NpgsqlConnectionStringBuilder { Host = "localhost", MaxPoolSize = DefaultMaxPoolSize, MaxAutoPrepare = DefaultMaxAutoPrepare };
        if (at >= 0 && userName.Length > 0)
            builder.Username = Uri.UnescapeDataString(userName);
        if (password.Length > 0)
            builder.Password = Uri.UnescapeDataString(password);
        if (path.Length > 0)
            builder.Database = Uri.UnescapeDataString(path);
        SetHosts(builder, authority[(at + 1)..]);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
            SetParameter(builder, parameter);

        if (string.IsNullOrWhiteSpace(builder.Database))
            throw new SettingsException("DATABASE_URL must name a database after the host: postgresql://host/database.");

        adjust(builder);
        return Describe(builder);
    }

    public static PostgreSqlDatabaseSettings Describe(NpgsqlConnectionStringBuilder builder) =>
        new(builder.ConnectionString, $"{builder.Host}:{builder.Port}/{builder.Database}");

    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string hosts)
    {
        if (hosts.Length == 0)
            return;

        if (hosts.Contains(',', StringComparison.Ordinal))
        {
            // Several servers: Npgsql takes them as they are, each with its own port.
            builder.Host = Uri.UnescapeDataString(hosts);
            return;
        }

        var colon = hosts.LastIndexOf(':');
        if (colon > hosts.LastIndexOf(']'))
        {
            if (!int.TryParse(hosts[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
                throw new SettingsException("DATABASE_URL must have a port from 1 to 65535.");
            builder.Port = port;
            hosts = hosts[..colon];
        }

        if (hosts.Length > 0)
            builder.Host = Uri.UnescapeDataString(hosts.Trim('[', ']'));
    }

    private static void SetParameter(NpgsqlConnectionStringBuilder builder, string parameter)
    {
        var (name, value) = Cut(parameter, parameter.IndexOf('=', StringComparison.Ordinal));
        name = Uri.UnescapeDataString(name);
        value = Uri.UnescapeDataString(value);
        var keyword = Keywords.GetValueOrDefault(name, name);
        try
        {
            if (keyword != "SSL Mode")
                builder[keyword] = keyword == "Target Session Attributes" ? value.Replace('_', '-') : value;
            else if (TryParseSslMode(value, out var mode))
                builder.SslMode = mode;
            else
                throw new FormatException();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException)
        {
            throw new SettingsException($"DATABASE_URL has a parameter '{name}' that isn't known or whose value isn't acceptable.");
        }
    }

    /// <summary>What is before and behind a separator; everything and nothing when it isn't there.</summary>
    private static (string Before, string After) Cut(string text, int separator) =>
        separator < 0 ? (text, "") : (text[..separator], text[(separator + 1)..]);
}
