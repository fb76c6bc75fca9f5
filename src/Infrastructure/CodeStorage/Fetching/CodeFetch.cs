using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.CodeStorage.Fetching;

/// <summary>How long fetching is tried.</summary>
public sealed record CodeFetchPace
{
    /// <summary>After this no new try begins. Whoever started this process starts it again, and says meanwhile what is wrong.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A server that says nothing for so long is asked anew.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Fetches an agent's code into a folder, checks that it is what it should be, and unpacks it as it was unpacked when it was uploaded. A mode of the
/// server's binary, which needs nothing else of the server.
/// </summary>
/// <param name="http">Stays its owner's.</param>
/// <param name="pace">How long it is tried.</param>
/// <param name="time">The clock of waits.</param>
/// <param name="log">Where each new trouble is told, a line each; the last line is the outcome.</param>
public sealed class CodeFetch(HttpClient http, CodeFetchPace pace, TimeProvider time, TextWriter log)
{
    /// <summary>Returns the exit code: 0 when the code is in its folder.</summary>
    public async Task<int> RunAsync(CodeFetchRequest request, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        var delay = pace.FirstDelay;
        string? told = null;
        while (true)
        {
            try
            {
                var files = await new CodeDownload(http, request, pace.Silence, time).RunAsync(cancellationToken);
                await log.WriteLineAsync($"The code is there: {files} files.");
                return 0;
            }
            catch (CodeFetchException exception)
            {
                var wait = exception.RetryAfter is { } asked && asked < pace.MaxDelay && asked > delay ? asked : Backoff.Jitter(delay);
                if (exception.IsFinal || time.GetElapsedTime(begin) + wait > pace.Patience)
                {
                    await log.WriteLineAsync(exception.Message);
                    return exception.ExitCode;
                }

                if (exception.Message != told)
                    await log.WriteLineAsync($"{exception.Message} It is tried again.");
                told = exception.Message;
                await Task.Delay(wait, time, cancellationToken);
                delay = Backoff.Next(delay, pace.MaxDelay);
            }
        }
    }
}
