using System.Runtime.InteropServices;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Deployment;

/// <summary>What has to be brought from what is to what should be: a stack, or one agent.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ReconcileKey
{
    private ReconcileKey(ReconcileKind kind, Guid id, Guid? stackId = null)
    {
        Kind = kind;
        Id = id;
        StackId = stackId;
    }

    public ReconcileKind Kind { get; }

    public Guid Id { get; }

    /// <summary>Of an orphan, which has no row to say so; else null.</summary>
    public Guid? StackId { get; }

    public static ReconcileKey Stack(Guid id) => new(ReconcileKind.Stack, id);

    public static ReconcileKey Agent(Guid id) => new(ReconcileKind.Agent, id);

    /// <summary>An agent that the runtime has and perhaps no row asks for.</summary>
    public static ReconcileKey Orphan(AgentRef agent) => new(ReconcileKind.Orphan, agent.AgentId, agent.StackId);
}

public enum ReconcileKind
{
    Stack,
    Agent,
    Orphan,
}

/// <summary>Wakes the reconciler for one key. Losing a call loses nothing: the next full pass finds the same work in the rows.</summary>
public interface IReconcileQueue
{
    void Enqueue(ReconcileKey key);
}

/// <summary>What one pass over a key came to.</summary>
/// <param name="RetryAfter">Null when rows and runtime agree; else when to look again, for work that takes its time.</param>
public sealed record ReconcileResult(TimeSpan? RetryAfter)
{
    public static ReconcileResult Settled { get; } = new(RetryAfter: null);

    public static ReconcileResult Waiting { get; } = new(TimeSpan.FromMilliseconds(500));
}
