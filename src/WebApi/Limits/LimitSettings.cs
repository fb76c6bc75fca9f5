namespace StackAgent.WebApi.Limits;

/// <summary>How often callers may call and how many connections there may be. Null: as many as they like.</summary>
public sealed record LimitSettings
{
    public const int DefaultRequests = 100;
    public const int DefaultReports = 1_000;
    public const int DefaultAnonymousRequests = 50;
    public const int DefaultConnections = 10_000;

    /// <summary>A bucket holds what this many seconds bring: so much may come at once after a quiet time.</summary>
    public const int BurstSeconds = 10;

    public static readonly LimitSettings None = new() { Requests = null, Reports = null, AnonymousRequests = null, Connections = null };

    /// <summary>Calls a second of one account, whatever its credentials; half of it of one API key.</summary>
    public int? Requests { get; init; } = DefaultRequests;

    /// <summary>Calls of the status webhook a second of one account; half of it of one API key.</summary>
    public int? Reports { get; init; } = DefaultReports;

    /// <summary>Calls a second without a good credential from one client address.</summary>
    public int? AnonymousRequests { get; init; } = DefaultAnonymousRequests;

    /// <summary>Open connections to this server.</summary>
    public int? Connections { get; init; } = DefaultConnections;
}
