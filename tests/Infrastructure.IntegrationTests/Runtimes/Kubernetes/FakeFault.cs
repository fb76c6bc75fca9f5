using System.Net;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>A request that the fake API server got.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">Without the leading slash.</param>
/// <param name="Query">With its question mark; empty when there is none.</param>
internal sealed record FakeRequest(string Method, string Path, string Query)
{
    public bool IsWatch => Query.Contains("watch=1", StringComparison.Ordinal);

    public bool IsList => Method == "GET" && !IsWatch && Query.Contains("limit=", StringComparison.Ordinal);

    public bool IsWrite => Method is "PATCH" or "DELETE" or "POST" or "PUT";

    public bool IsOf(ResourceKind kind) => Path.Split('/').Contains(kind.Plural);
}

/// <summary>What the fake API server does to a request instead of answering it; one of the records inside.</summary>
/// <param name="When">Which requests; null: any.</param>
/// <param name="Times">How many of them.</param>
internal abstract record FakeFault(Func<FakeRequest, bool>? When, int Times)
{
    /// <summary>Another answer. Without a body a Status object with the code.</summary>
    public sealed record Answer(HttpStatusCode Code, Func<FakeRequest, bool>? When = null, int Times = 1) : FakeFault(When, Times)
    {
        public string? RetryAfter { get; init; }

        public string? Body { get; init; }
    }

    /// <summary>No answer as long as the client waits.</summary>
    public sealed record Hang(Func<FakeRequest, bool>? When = null, int Times = 1) : FakeFault(When, Times);

    /// <summary>The connection is cut.</summary>
    public sealed record Cut(Func<FakeRequest, bool>? When = null, int Times = 1) : FakeFault(When, Times);

    /// <summary>The request is carried out, and then the connection is cut before the answer.</summary>
    public sealed record CutAfter(Func<FakeRequest, bool>? When = null, int Times = 1) : FakeFault(When, Times);
}
