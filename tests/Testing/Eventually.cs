using System.Diagnostics;

namespace StackAgent.Testing;

/// <summary>Waits for what must come true, as long as it takes, up to a generous deadline: a slow machine is not a failure.</summary>
public static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>What takes long is asked for less often: on a small machine the asking alone would slow it down.</summary>
    private static readonly TimeSpan LastInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns the first result of <paramref name="probe"/> that <paramref name="accept"/> takes; throws with the last one after <see cref="Deadline"/>.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T>> probe, Func<T, bool> accept, string what)
    {
        var started = Stopwatch.GetTimestamp();
        var interval = FirstInterval;
        while (true)
        {
            var last = await probe();
            if (accept(last))
                return last;
            if (Stopwatch.GetElapsedTime(started) > Deadline)
                throw new TimeoutException($"Waited {Deadline.TotalSeconds} s for {what}; last seen: {last}");
            await Task.Delay(interval);
            interval = interval >= LastInterval ? LastInterval : interval * 1.1;
        }
    }

    public static Task TrueAsync(Func<Task<bool>> probe, string what) => GetAsync(probe, result => result, what);

    public static Task TrueAsync(Func<bool> probe, string what) => GetAsync(() => Task.FromResult(probe()), result => result, what);
}
