namespace StackAgent.Bench.Status;

/// <summary>A fresh server with an account signed in, and what measures it and the PostgreSQL behind it.</summary>
internal sealed class StatusRig : IAsyncDisposable
{
    private readonly int? _postmaster;

    private StatusRig(BenchServer server, Store store, int? postmaster)
    {
        Server = server;
        Store = store;
        _postmaster = postmaster;
    }

    public BenchServer Server { get; }

    public Store Store { get; }

    public Uri Address => Server.Process.Client.BaseAddress!;

    public long Memory => ProcessMemory.Resident(Server.Process.ProcessId);

    public static async Task<StatusRig> StartAsync(Lab lab, Store store, IReadOnlyDictionary<string, string>? environment = null, string? build = null)
    {
        var server = await lab.NewServerAsync(store, build ?? lab.Build, environment);
        try
        {
            await server.StartAsync();
            await server.SignInAsync();
            var postmaster = store == Store.Postgres ? await ProcessorTimes.PostmasterAsync(server.Database.ConnectionString) : null;
            return new StatusRig(server, store, postmaster);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Microseconds of processor time that the server, and PostgreSQL with all its processes, have used so far; null: unknown, or none there.</summary>
    public (double Server, double? Postgres) ProcessorTime =>
        (Server.ProcessorTime.TotalMicroseconds, _postmaster is { } process ? ProcessorTimes.OfFamily(process).TotalMicroseconds : null);

    /// <summary>Loads the server and says what that took of it.</summary>
    /// <param name="requests">What to send.</param>
    /// <param name="connections">How many of them at a time.</param>
    /// <param name="duration">For whole seconds.</param>
    /// <param name="size">Of how many things one request is made, where not the request is what counts.</param>
    public async Task<Load> LoadAsync(WrkRequests requests, int connections, TimeSpan duration, int size = 1)
    {
        var (server, postgres) = ProcessorTime;
        var result = await Wrk.RunAsync(Address, requests, connections, duration);
        var (serverAfter, postgresAfter) = ProcessorTime;
        var count = Math.Max(result.Answered * size, 1);
        return new Load(result, result.Rate * size, (serverAfter - server) / count, (postgresAfter - postgres) / count);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>What came of a load.</summary>
/// <param name="Requests">As wrk saw it.</param>
/// <param name="Rate">Things a second; a request is made of one or more.</param>
/// <param name="Server">Microseconds of the server's processor time for each thing.</param>
/// <param name="Postgres">The same for PostgreSQL; null: unknown, or none there.</param>
internal sealed record Load(WrkResult Requests, double Rate, double Server, double? Postgres)
{
    public string PostgresText => Postgres is { } time ? $"{time:F0}" : "";
}
