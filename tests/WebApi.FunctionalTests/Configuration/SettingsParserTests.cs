using Npgsql;
using StackAgent.Application.Notifications;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

[TestFixture]
internal sealed class SettingsParserTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Test]
    public void Parse_WhenNothingIsSet_GivesAServerForTryingOut()
    {
        var machine = new FakeMachine();
        var settings = SettingsParser.Parse(new Dictionary<string, string?>(), "/srv/app", machine);

        Assert.Multiple(() =>
        {
            Assert.That(settings.IsProduction, Is.False);
            Assert.That(settings.Server, Is.EqualTo(new ServerSettings("127.0.0.1", 8000, null)));
            Assert.That(settings.Database, Is.EqualTo(new SqliteDatabaseSettings("/srv/app/data/stackagent.db")));
            Assert.That(settings.Storage, Is.EqualTo(new StorageSettings("/srv/app/data", "/srv/app/data/agent-platform", IsTemporary: false)));
            Assert.That(settings.Tokens.Secret, Has.Length.EqualTo(43));
            Assert.That(settings.Tokens.AccessTokenLifetime, Is.EqualTo(TimeSpan.FromMinutes(30)));
            Assert.That(settings.Tokens.RefreshTokenLifetime, Is.EqualTo(TimeSpan.FromDays(7)));
            Assert.That(settings.Cors.Origins, Is.Empty);
            Assert.That(settings.Cors.AnyOrigin, Is.False);
            Assert.That(settings.Runtime, Is.EqualTo(new RuntimeSettings(RuntimeKind.Local, TimeSpan.FromMinutes(5), null, null, Kubernetes: null)));
            Assert.That(settings.Runtime.AgentsUrl, Is.Null);
            Assert.That(settings.Warnings, Has.One.Items.And.One.StartsWith("Agents run on this machine"));
            Assert.That(settings.Uploads, Is.EqualTo(new UploadSettings(200L << 20, 1L << 30, 10_000, 100)));
            Assert.That(settings.Notifications, Is.EqualTo(new NotificationOptions()));
            Assert.That(settings.WebhookAnonymousOwner, Is.Null);
            Assert.That(machine.Made, Is.EqualTo(new[] { "/srv/app/data/secret.key" }));
        });
    }

    [TestCase("", 90, null)]
    [TestCase("STATUS_RETENTION_DAYS=7;STATUS_MAX_PER_SESSION=1000", 7, 1000)]
    [TestCase("STATUS_RETENTION_DAYS=0", null, null)]
    public void Parse_WhenRetentionIsGiven_KeepsThatMuch(string environment, int? days, int? maxPerSession) =>
        Assert.That(Parse(environment).Retention, Is.EqualTo(new RetentionOptions(days is { } d ? TimeSpan.FromDays(d) : null, maxPerSession)));

    [TestCase("", new string[0])]
    [TestCase(Secret, new[] { Secret })]
    [TestCase("\n" + Secret + "\r\n, and; other = characters of a secret\n", new[] { Secret, ", and; other = characters of a secret" })]
    public void Parse_WhenPreviousSecretsAreGiven_TakesOneFromEachLine(string text, string[] secrets)
    {
        var settings = SettingsParser.Parse(new Dictionary<string, string?> { ["SECRET_KEY_PREVIOUS"] = text }, "/srv/app", new FakeMachine());

        Assert.That(settings.Tokens.PreviousSecrets, Is.EqualTo(secrets));
        Assert.That(settings.Tokens.ToString(), Does.Not.Contain(Secret));
    }

    [Test]
    public void Parse_WhenAPreviousSecretIsTooShort_RefusesWithoutRepeatingIt()
    {
        var exception = Assert.Throws<SettingsException>(
            () => SettingsParser.Parse(new Dictionary<string, string?> { ["SECRET_KEY_PREVIOUS"] = $"{Secret}\ntoo-short" }, "/srv/app", new FakeMachine()));

        Assert.That(exception.Message, Does.StartWith("SECRET_KEY_PREVIOUS").And.Not.Contain("too-short"));
    }

    [TestCase("", 365)]
    [TestCase("AUDIT_RETENTION_DAYS=30", 30)]
    [TestCase("AUDIT_RETENTION_DAYS=0", null)]
    public void Parse_WhenTheTrailsRetentionIsGiven_KeepsThatMuch(string environment, int? days) =>
        Assert.That(Parse(environment).Audit.Retention, Is.EqualTo(days is { } d ? TimeSpan.FromDays(d) : (TimeSpan?)null));

    [TestCase("HOST=127.0.0.2", "127.0.0.2")]
    [TestCase("HOST=localhost", "localhost")]
    [TestCase("HOST=0.0.0.0", "*")]
    [TestCase("HOST=::", "*")]
    [TestCase("HOST=::1", "::1")]
    [TestCase("ENVIRONMENT=production;AGENT_RUNTIME=local;SECRET_KEY=" + Secret, "*")]
    [TestCase("ENVIRONMENT=production;AGENT_RUNTIME=kubernetes-or-local;SECRET_KEY=" + Secret, "*")]
    [TestCase("HOST= ", "127.0.0.1")]
    public void Parse_WhenHostIsGiven_ListensThere(string environment, string host) =>
        Assert.That(Parse(environment).Server.Host, Is.EqualTo(host));

    [TestCase("postgres://u:p@h/d", "Host=h;Database=d;Username=u;Password=p")]
    [TestCase("postgresql://u:p@h:6543/d", "Host=h;Port=6543;Database=d;Username=u;Password=p")]
    [TestCase("postgresql+asyncpg://u:p@h/d", "Host=h;Database=d;Username=u;Password=p")]
    [TestCase("postgresql://u%40corp:p%3A%2F%40%25%20s@h/d%2Fe", "Host=h;Database=d/e;Username=u@corp;Password=p:/@% s")]
    [TestCase("postgresql://u:p@ss:w@h/d", "Host=h;Database=d;Username=u;Password=p@ss:w")]
    [TestCase("postgresql:///d", "Host=localhost;Database=d")]
    [TestCase("postgresql://u@[::1]:5433/d", "Host=::1;Port=5433;Database=d;Username=u")]
    [TestCase("postgresql://%2Fvar%2Frun%2Fpostgresql/d", "Host=/var/run/postgresql;Database=d")]
    [TestCase("postgresql://a:1,b:2/d", "Host=a:1,b:2;Database=d")]
    [TestCase("postgresql://h/d?sslmode=verify-full&application_name=me&connect_timeout=3", "Host=h;Database=d;SSL Mode=VerifyFull;Application Name=me;Timeout=3")]
    [TestCase("postgresql://h/d?ssl=true", "Host=h;Database=d;SSL Mode=Require")]
    [TestCase("postgresql://h/d?sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem", "Host=h;Database=d;Root Certificate=/ca.pem;SSL Certificate=/c.pem;SSL Key=/k.pem")]
    [TestCase("postgresql://?host=h&dbname=d&user=u&password=p%26", "Host=h;Database=d;Username=u;Password=p&")]
    [TestCase("postgresql://h/d?target_session_attrs=read-write", "Host=h;Database=d;Target Session Attributes=read-write")]
    [TestCase("postgresql://h/d?max_auto_prepare=0", "Host=h;Database=d;Max Auto Prepare=0")]
    public void Parse_WhenDatabaseUrlIsPostgreSql_GivesNpgsqlsWords(string url, string expected)
    {
        var database = Parse($"DATABASE_URL={url}").Database as PostgreSqlDatabaseSettings;

        Assert.That(new NpgsqlConnectionStringBuilder(database?.ConnectionString).EquivalentTo(new NpgsqlConnectionStringBuilder($"Max Auto Prepare=100;{expected};Maximum Pool Size=40")), Is.True, database?.ConnectionString);
    }

    [TestCase("sqlite:///data/x.db", "/srv/app/data/x.db")]
    [TestCase("sqlite:////var/x.db", "/var/x.db")]
    [TestCase("sqlite:///a%20b.db", "/srv/app/a b.db")]
    [TestCase("sqlite+aiosqlite:///x.db", "/srv/app/x.db")]
    public void Parse_WhenDatabaseUrlIsSqlite_GivesAnAbsoluteFile(string url, string path) =>
        Assert.That(Parse($"DATABASE_URL={url}").Database, Is.EqualTo(new SqliteDatabaseSettings(path)));

    [TestCase("DB_NAME=d", "Host=localhost;Port=5432;Database=d;Maximum Pool Size=40")]
    [TestCase(
        "DB_NAME=d;DB_HOST=h;DB_PORT=1;DB_USER=u;DB_PASSWORD= p ;DB_SSLMODE=disable;DB_MAX_OPEN_CONNS=10;DB_MAX_IDLE_CONNS=20;DB_CONN_MAX_LIFETIME=5m",
        "Host=h;Port=1;Database=d;Username=u;Password=' p ';SSL Mode=Disable;Maximum Pool Size=10;Minimum Pool Size=10;Connection Lifetime=300")]
    [TestCase("DB_NAME=d;DB_CONN_MAX_LIFETIME=90", "Host=localhost;Port=5432;Database=d;Maximum Pool Size=40;Connection Lifetime=90")]
    [TestCase("DATABASE_URL=postgres://h/e;DB_NAME=d;DB_CONN_MAX_LIFETIME=1h1.5s", "Host=h;Database=e;Maximum Pool Size=40;Connection Lifetime=3601")]
    [TestCase("DATABASE_URL=postgres://h/e?pool_size=7", "Host=h;Database=e;Maximum Pool Size=7")]
    public void Parse_WhenPostgreSqlIsGivenInParts_GivesNpgsqlsWords(string environment, string expected)
    {
        var database = Parse(environment).Database as PostgreSqlDatabaseSettings;

        Assert.That(new NpgsqlConnectionStringBuilder(database?.ConnectionString).EquivalentTo(new NpgsqlConnectionStringBuilder($"Max Auto Prepare=100;{expected}")), Is.True, database?.ConnectionString);
    }

    [Test]
    public void Parse_WhenTheDatabaseHasAPassword_DoesNotShowItToPeople()
    {
        var settings = Parse("DATABASE_URL=postgres://user:pass-word@h:1/d");

        Assert.That(settings.Database.Description, Is.EqualTo("PostgreSQL, h:1/d"));
        Assert.That(settings.ToString(), Does.Not.Contain("pass-word").And.Not.Contain(settings.Tokens.Secret));
    }

    [Test]
    public void Parse_WhenStorageIsMemory_KeepsNothingOnTheMachine()
    {
        var machine = new FakeMachine { Folders = { "/var/agent-platform" } };
        var settings = Parse("STORAGE=memory;DATABASE_URL=postgres://h/d", machine);

        Assert.Multiple(() =>
        {
            Assert.That(settings.Database, Is.InstanceOf<MemoryDatabaseSettings>());
            Assert.That(settings.Storage, Is.EqualTo(new StorageSettings("/tmp/made", "/tmp/made/agent-platform", IsTemporary: true)));
            Assert.That(machine.Made, Is.EqualTo(new[] { "folder", "secret" }));
            Assert.That(settings.Warnings, Has.Some.StartsWith("STORAGE=memory"));
        });
    }

    [TestCase("", "/var/agent-platform")]
    [TestCase("AGENT_PLATFORM_BASE_PATH=here", "/srv/app/here")]
    [TestCase("AGENT_PLATFORM_BASE_PATH=/there", "/there")]
    [TestCase("AGENT_PLATFORM_BASE_PATH=/there;STORAGE=memory", "/there")]
    public void Parse_WhenAgentsHaveAFolder_UsesIt(string environment, string expected) =>
        Assert.That(Parse(environment, new FakeMachine { Folders = { "/var/agent-platform" } }).Storage.AgentPlatformPath, Is.EqualTo(expected));

    [Test]
    public void Parse_WhenTheSharedFolderIsReadOnly_KeepsAgentsInTheDataFolder()
    {
        var machine = new FakeMachine { Folders = { "/var/agent-platform" }, ReadOnly = { "/var/agent-platform" } };

        Assert.That(Parse("", machine).Storage.AgentPlatformPath, Is.EqualTo("/srv/app/data/agent-platform"));
    }

    [TestCase("CORS_ORIGINS= https://a.example , http://b:3000/,https://a.example,", new[] { "https://a.example", "http://b:3000" }, false)]
    [TestCase("CORS_ALLOWED_ORIGINS=https://a.example,*", new[] { "https://a.example" }, true)]
    [TestCase("CORS_ORIGINS=*", new string[0], true)]
    public void Parse_WhenCorsOriginsAreGiven_TrimsThem(string environment, string[] origins, bool any)
    {
        var cors = Parse(environment).Cors;

        Assert.That(cors.Origins, Is.EqualTo(origins));
        Assert.That(cors.AnyOrigin, Is.EqualTo(any));
    }

    [Test]
    public void Parse_WhenEverythingElseIsGiven_TakesIt()
    {
        var settings = Parse(
            "ENVIRONMENT=Production;AGENT_RUNTIME=LOCAL;JWT_SECRET=" + Secret + ";ALGORITHM=HS256;ACCESS_TOKEN_EXPIRE_MINUTES=5;REFRESH_TOKEN_EXPIRE_DAYS=2;"
            + "PORT=9000;PUBLIC_URL=https://s.example/base/;CHAT_UI_BASE_URL=https://chat.example/;INGRESS_HOST=agents.example.com;INGRESS_CLASS=nginx;"
            + "AGENT_IMAGE=image:1;K8S_CONFIG_PATH=/k;KUBECONFIG=/a:/b;K8S_CONTEXT=c;LOCAL_GRAPH_COMMAND=run graph;AGENT_DEPLOY_TIMEOUT_SECONDS=9;"
            + "AGENT_MAX_ZIP_BYTES=1;AGENT_MAX_UNPACKED_BYTES=2;AGENT_MAX_ZIP_ENTRIES=3;AGENT_MAX_ZIP_RATIO=4;"
            + "NOTIFICATION_WEBHOOK_URL=https://n.example/x?y=1;NOTIFICATION_TIMEOUT_SECONDS=8;NOTIFICATION_ALLOW_PRIVATE=true;NOTIFICATION_RETENTION_DAYS=7;WEBHOOK_ANONYMOUS_OWNER=a@b.example");

        Assert.Multiple(() =>
        {
            Assert.That(settings.IsProduction, Is.True);
            Assert.That(settings.Server, Is.EqualTo(new ServerSettings("*", 9000, new Uri("https://s.example/base"))));
            Assert.That(settings.Tokens, Is.EqualTo(new TokenSettings(Secret, TimeSpan.FromMinutes(5), TimeSpan.FromDays(2))));
            Assert.That(
                settings.Runtime,
                Is.EqualTo(new RuntimeSettings(RuntimeKind.Local, TimeSpan.FromSeconds(9), "run graph", new Uri("https://chat.example"), Kubernetes: null)));
            Assert.That(settings.Uploads, Is.EqualTo(new UploadSettings(1, 2, 3, 4)));
            Assert.That(settings.Notifications, Is.EqualTo(new NotificationOptions
            {
                WebhookUrl = new Uri("https://n.example/x?y=1"),
                Timeout = TimeSpan.FromSeconds(8),
                AllowPrivate = true,
                Retention = TimeSpan.FromDays(7),
            }));
            Assert.That(settings.WebhookAnonymousOwner, Is.EqualTo("a@b.example"));
        });
    }

    [TestCase("ENVIRONMENT=staging", "ENVIRONMENT")]
    [TestCase("ENVIRONMENT=production;AGENT_RUNTIME=local", "SECRET_KEY")]
    [TestCase("ENVIRONMENT=production;SECRET_KEY=" + Secret, "AGENT_RUNTIME")]
    [TestCase("SECRET_KEY=short", "SECRET_KEY")]
    [TestCase("JWT_SECRET=short", "JWT_SECRET")]
    [TestCase("ALGORITHM=none", "ALGORITHM")]
    [TestCase("ALGORITHM=RS256", "ALGORITHM")]
    [TestCase("ACCESS_TOKEN_EXPIRE_MINUTES=0", "ACCESS_TOKEN_EXPIRE_MINUTES")]
    [TestCase("ACCESS_TOKEN_EXPIRE_MINUTES=1.5", "ACCESS_TOKEN_EXPIRE_MINUTES")]
    [TestCase("REFRESH_TOKEN_EXPIRE_DAYS=week", "REFRESH_TOKEN_EXPIRE_DAYS")]
    [TestCase("AUDIT_RETENTION_DAYS=-1", "AUDIT_RETENTION_DAYS")]
    [TestCase("STATUS_RETENTION_DAYS=-1", "STATUS_RETENTION_DAYS")]
    [TestCase("STATUS_RETENTION_DAYS=99999999", "STATUS_RETENTION_DAYS")]
    [TestCase("STATUS_MAX_PER_SESSION=0", "STATUS_MAX_PER_SESSION")]
    [TestCase("HOST=example.com", "HOST")]
    [TestCase("PORT=65536", "PORT")]
    [TestCase("PORT=-1", "PORT")]
    [TestCase("PORT=http", "PORT")]
    [TestCase("PUBLIC_URL=example.com", "PUBLIC_URL")]
    [TestCase("PUBLIC_URL=ftp://example.com", "PUBLIC_URL")]
    [TestCase("AGENT_SERVER_URL=stackagent.svc", "AGENT_SERVER_URL")]
    [TestCase("PUBLIC_URL=https://example.com/?x=1", "PUBLIC_URL")]
    [TestCase("CHAT_UI_BASE_URL=/chat", "CHAT_UI_BASE_URL")]
    [TestCase("CORS_ORIGINS=example.com", "CORS_ORIGINS")]
    [TestCase("CORS_ALLOWED_ORIGINS=https://a.example/path", "CORS_ALLOWED_ORIGINS")]
    [TestCase("AGENT_RUNTIME=docker", "AGENT_RUNTIME")]
    [TestCase("AGENT_RUNTIME=kubernetes", "AGENT_RUNTIME")]
    [TestCase("INGRESS_HOST=https://a.example", "INGRESS_HOST")]
    [TestCase("INGRESS_HOST=a.example/x", "INGRESS_HOST")]
    [TestCase("INGRESS_HOST=a.example:8443", "INGRESS_HOST")]
    [TestCase("INGRESS_HOST=10.0.0.1", "INGRESS_HOST")]
    [TestCase("AGENT_DEPLOY_TIMEOUT_SECONDS=0", "AGENT_DEPLOY_TIMEOUT_SECONDS")]
    [TestCase("AGENT_MAX_ZIP_BYTES=1MB", "AGENT_MAX_ZIP_BYTES")]
    [TestCase("AGENT_MAX_UNPACKED_BYTES=0", "AGENT_MAX_UNPACKED_BYTES")]
    [TestCase("AGENT_MAX_ZIP_ENTRIES=99999999999", "AGENT_MAX_ZIP_ENTRIES")]
    [TestCase("AGENT_MAX_ZIP_RATIO=-5", "AGENT_MAX_ZIP_RATIO")]
    [TestCase("NOTIFICATION_WEBHOOK_URL=mailto:a@b", "NOTIFICATION_WEBHOOK_URL")]
    [TestCase("NOTIFICATION_TIMEOUT_SECONDS=301", "NOTIFICATION_TIMEOUT_SECONDS")]
    [TestCase("NOTIFICATION_WEBHOOK_URL=https://user:word@n.example/", "NOTIFICATION_WEBHOOK_URL")]
    [TestCase("NOTIFICATION_ALLOW_PRIVATE=perhaps", "NOTIFICATION_ALLOW_PRIVATE")]
    [TestCase("NOTIFICATION_RETENTION_DAYS=0", "NOTIFICATION_RETENTION_DAYS")]
    [TestCase("WEBHOOK_ANONYMOUS_OWNER=me", "WEBHOOK_ANONYMOUS_OWNER")]
    [TestCase("STORAGE=disk", "STORAGE")]
    [TestCase("AGENT_PLATFORM_BASE_PATH=/read-only", "AGENT_PLATFORM_BASE_PATH")]
    [TestCase("DATABASE_URL=mysql://u:hunter2@h/d", "DATABASE_URL")]
    [TestCase("DATABASE_URL=hunter2", "DATABASE_URL")]
    [TestCase("DATABASE_URL=postgres://u:hunter2@h", "DATABASE_URL")]
    [TestCase("DATABASE_URL=postgres://u:hunter2@h:port/d", "DATABASE_URL")]
    [TestCase("DATABASE_URL=postgres://u:hunter2@h/d?sslmode=maybe", "DATABASE_URL")]
    [TestCase("DATABASE_URL=postgres://u:hunter2@h/d?hunter=hunter2", "DATABASE_URL")]
    [TestCase("DATABASE_URL=postgres://u:hunter2@h/d?connect_timeout=soon", "DATABASE_URL")]
    [TestCase("DATABASE_URL=sqlite://host/x.db", "DATABASE_URL")]
    [TestCase("DATABASE_URL=sqlite:///x.db?mode=ro", "DATABASE_URL")]
    [TestCase("DATABASE_URL=sqlite:///folder/", "DATABASE_URL")]
    [TestCase("DB_HOST=h", "DB_HOST")]
    [TestCase("DB_NAME=d;DB_PORT=0", "DB_PORT")]
    [TestCase("DB_NAME=d;DB_SSLMODE=maybe", "DB_SSLMODE")]
    [TestCase("DB_NAME=d;DB_SSLMODE=1", "DB_SSLMODE")]
    [TestCase("DB_MAX_OPEN_CONNS=0", "DB_MAX_OPEN_CONNS")]
    [TestCase("DB_MAX_IDLE_CONNS=-1", "DB_MAX_IDLE_CONNS")]
    [TestCase("DB_CONN_MAX_LIFETIME=soon", "DB_CONN_MAX_LIFETIME")]
    [TestCase("DB_CONN_MAX_LIFETIME=9999999h", "DB_CONN_MAX_LIFETIME")]
    public void Parse_WhenAValueIsBad_NamesTheVariableAndLeavesTheMachineAlone(string environment, string variable)
    {
        var machine = new FakeMachine { ReadOnly = { "/read-only" } };
        var exception = Assert.Throws<SettingsException>(() => Parse(environment, machine));

        Assert.Multiple(() =>
        {
            Assert.That(exception?.Sentences, Has.Count.EqualTo(1));
            Assert.That(exception?.Message, Does.StartWith(variable + " ").Or.StartWith(variable + "=").And.EndsWith("."));
            Assert.That(exception?.Message, Does.Not.Contain("hunter2"));
            Assert.That(machine.Made, Is.Empty);
        });
    }

    [Test]
    public void Parse_WhenSeveralValuesAreBad_NamesThemAll()
    {
        var exception = Assert.Throws<SettingsException>(() => Parse("PORT=x;HOST=y z;DATABASE_URL=w"));

        Assert.That(exception?.Message.Split(Environment.NewLine), Has.Length.EqualTo(3));
    }

    [Test]
    public void Parse_WhenNoFolderCanBeWritten_SaysWhichVariableHelps()
    {
        var exception = Assert.Throws<SettingsException>(() => Parse("", new FakeMachine { ReadOnly = { "/srv/app/data" } }));

        Assert.That(exception?.Message, Does.StartWith("AGENT_PLATFORM_BASE_PATH"));
    }

    private static Settings Parse(string environment, FakeMachine? machine = null) => SettingsParser.Parse(
        environment.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(variable => variable[0], string? (variable) => variable[1]),
        "/srv/app",
        machine ?? new FakeMachine());
}
