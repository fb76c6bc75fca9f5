using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// A bounded memory of things that needn't be worked out twice. Two generations: when the young one is full it becomes the old one, and
/// what was old and not asked for since is forgotten. So nothing has to be kept in order on the way of a request.
/// </summary>
internal sealed class RecentItems<TKey, TValue>(int generation = 5_000)
    where TKey : struct, IEquatable<TKey>
    where TValue : class
{
    private readonly Lock _lock = new();
    private volatile Generations _items = new([], []);

    public int Count => _items is var items ? items.Young.Count + items.Old.Count : 0;

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        var items = _items;
        if (items.Young.TryGetValue(key, out value))
            return true;
        if (!items.Old.TryGetValue(key, out value))
            return false;

        Add(key, value);
        return true;
    }

    public void Add(TKey key, TValue value)
    {
        lock (_lock)
        {
            if (_items.Young.Count >= generation)
                _items = new Generations([], _items.Young);
            _items.Young[key] = value;
        }
    }

    private sealed record Generations(ConcurrentDictionary<TKey, TValue> Young, ConcurrentDictionary<TKey, TValue> Old);
}
