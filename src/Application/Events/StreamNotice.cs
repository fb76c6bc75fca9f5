namespace StackAgent.Application.Events;

/// <summary>What a stream says about itself, as an event beside those of the log.</summary>
/// <param name="Reason">A stable word for programs.</param>
/// <param name="Message">A sentence that a person can act on.</param>
public sealed record StreamNotice(string Reason, string Message)
{
    /// <summary>The first event of a stream that can't go on where its client was.</summary>
    public const string Reset = "stream.reset";

    /// <summary>The last event for a client that read too slowly.</summary>
    public const string Dropped = "stream.dropped";

    /// <summary>The last event of a stream that ends for another reason.</summary>
    public const string Closed = "stream.closed";

    public static IReadOnlyList<string> Types { get; } = [Reset, Dropped, Closed];

    /// <summary>As <c>data</c> of an event.</summary>
    public string ToJson() => EventJson.Write(this);
}
