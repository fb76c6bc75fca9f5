namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>How much one server sends at a time, and how patient its worker is.</summary>
internal sealed record DeliveryLimits
{
    /// <summary>Tries at one endpoint at the same time.</summary>
    public int PerEndpoint { get; init; } = 16;

    /// <summary>The same for an endpoint whose last try failed: many that hang must not use up <see cref="InAll"/>.</summary>
    public int PerFailingEndpoint { get; init; } = 4;

    public int InAll { get; init; } = 256;

    /// <summary>The longest sleep: other servers' work counts too.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a try that is over, or new work, waits for company: until all that is under way is over, or half of it, and
    /// <see cref="Company"/> at least. A group costs hardly more than one.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>So many tries that are over are worth a round of their own.</summary>
    public int Company { get; init; } = 16;

    /// <summary>What a claim lasts longer than any try: for the result to be recorded, and for clocks that differ.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long tries may go on when the server stops.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(3);
}
