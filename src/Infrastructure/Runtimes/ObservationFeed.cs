using System.Runtime.CompilerServices;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Runtimes;

/// <summary>
/// The latest observation of each agent. A reader gets all of them and then the changed ones; what changes twice before it is read is read
/// once, so a slow reader costs no more memory than there are agents.
/// </summary>
internal sealed class ObservationFeed
{
    private readonly Lock _sync = new();
    private readonly Dictionary<AgentRef, AgentObservation> _latest = [];
    private readonly List<Reader> _readers = [];

    public void Publish(AgentRef agent, AgentObservation observation)
    {
        lock (_sync)
        {
            if (_latest.TryGetValue(agent, out var known) && known == observation)
                return;

            _latest[agent] = observation;
            foreach (var reader in _readers)
                reader.Mark(agent);
        }
    }

    /// <summary>Hands the readers what is known of the agent once more.</summary>
    public void Repeat(AgentRef agent)
    {
        lock (_sync)
        {
            foreach (var reader in _readers)
                reader.Mark(agent);
        }
    }

    /// <summary>What was last said of the agent; null: nothing yet.</summary>
    public AgentObservation? Latest(AgentRef agent)
    {
        lock (_sync)
            return _latest.GetValueOrDefault(agent);
    }

    /// <summary>The agent is gone; there is nothing more to say of it.</summary>
    public void Forget(AgentRef agent)
    {
        lock (_sync)
            _latest.Remove(agent);
    }

    /// <summary>Nothing that was said is known to be so any more.</summary>
    public void Clear()
    {
        lock (_sync)
            _latest.Clear();
    }

    public async IAsyncEnumerable<ObservedAgent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new Reader();
        lock (_sync)
        {
            _readers.Add(reader);
            foreach (var agent in _latest.Keys)
                reader.Mark(agent);
        }

        try
        {
            while (true)
            {
                while (Next(reader) is { } observed)
                    yield return observed;
                await reader.Signal.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            lock (_sync)
                _readers.Remove(reader);
        }
    }

    private ObservedAgent? Next(Reader reader)
    {
        lock (_sync)
        {
            while (reader.TryTake(out var agent))
            {
                if (_latest.TryGetValue(agent, out var observation))
                    return new ObservedAgent(agent, observation);
            }
        }

        return null;
    }

    private sealed class Reader
    {
        private readonly Queue<AgentRef> _order = [];
        private readonly HashSet<AgentRef> _marked = [];

        public WakeSignal Signal { get; } = new();

        public void Mark(AgentRef agent)
        {
            if (_marked.Add(agent))
                _order.Enqueue(agent);
            Signal.Set();
        }

        public bool TryTake(out AgentRef agent) => _order.TryDequeue(out agent) && _marked.Remove(agent);
    }
}
