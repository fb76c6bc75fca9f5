namespace StackAgent.Application.Common.Runtimes;

/// <summary>Where running agents answer, for the server to forward requests to. Asked once a request, by anybody.</summary>
public interface IAgentEndpoints
{
    Task<AgentEndpoint> FindAsync(AgentRef agent, CancellationToken cancellationToken);
}

/// <summary>What is known of an agent's address: one of the records inside.</summary>
public abstract record AgentEndpoint
{
    private AgentEndpoint()
    {
    }

    /// <summary>It answers there.</summary>
    /// <param name="Address">Scheme, host and port.</param>
    public sealed record Found(Uri Address) : AgentEndpoint
    {
        /// <summary>To be disposed when the answer is over: until then whoever answers there isn't ended for being replaced.</summary>
        public IDisposable? Call { get; init; }
    }

    /// <summary>The agent exists but can't answer now.</summary>
    /// <param name="Reason">A sentence that says why; anybody may read it.</param>
    public sealed record NotReady(string Reason) : AgentEndpoint;

    /// <summary>There is no such agent.</summary>
    public sealed record Unknown : AgentEndpoint;
}
