using System.Diagnostics;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>Waits for conditions of the world outside, where nothing says when they come true.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > Deadline)
                Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}.");
            await Task.Delay(Pause);
        }
    }
}
