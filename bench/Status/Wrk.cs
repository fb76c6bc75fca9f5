using System.Globalization;
using StackAgent.Testing;

namespace StackAgent.Bench.Status;

/// <summary>One request of a load.</summary>
/// <param name="Method">For example <c>POST</c>.</param>
/// <param name="Path">With the query.</param>
/// <param name="Credential">An API key or an access token; empty: none.</param>
/// <param name="Body">JSON in one line; empty: none.</param>
/// <param name="Other">A body for every <see cref="WrkRequests.OtherEvery"/>th turn instead; empty: the same.</param>
internal sealed record WrkRequest(string Method, string Path, string Credential = "", string Body = "", string Other = "");

/// <summary>Requests in a file for <c>wrk/requests.lua</c>, sent in their order, over and over.</summary>
internal sealed class WrkRequests : IDisposable
{
    public const int OtherEvery = 20;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Writes the file.</summary>
    /// <param name="requests">All of them.</param>
    /// <param name="mayBePartial">Whether a refusal may hide behind a status below 400, so that each answer has to be looked at.</param>
    public WrkRequests(IReadOnlyCollection<WrkRequest> requests, bool mayBePartial = false)
    {
        MayBePartial = mayBePartial;
        // Each of wrk's threads gets a part of the lines: what is too little for that comes twice.
        var lines = requests.Select(request => string.Join('\t', request.Method, request.Path, request.Credential, request.Body, request.Other));
        File.WriteAllLines(Location, Enumerable.Repeat(lines, requests.Count < Wrk.MaxThreads * 2 ? Wrk.MaxThreads : 1).SelectMany(all => all));
    }

    public bool MayBePartial { get; }

    public string Location => _folder["requests.tsv"];

    public void Dispose() => _folder.Dispose();
}

/// <summary>What wrk saw.</summary>
/// <param name="Rate">Requests a second that were answered as they should be.</param>
/// <param name="Answered">Requests behind that rate.</param>
/// <param name="Median">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Refused">Requests with another status than 200.</param>
/// <param name="Broken">Connections that weren't made, reads and writes that failed, and requests that took longer than <see cref="Wrk.Patience"/>.</param>
internal sealed record WrkResult(double Rate, long Answered, double Median, double P99, long Refused, long Broken)
{
    public string Errors => (Refused, Broken) switch
    {
        (0, 0) => "0",
        (_, 0) => $"{Refused} refused",
        _ => $"{Refused} refused, {Broken} broken",
    };
}

/// <summary>The load generator <c>wrk</c>, from a package of that name.</summary>
internal static class Wrk
{
    /// <summary>More than the machine has cores would only wait for each other.</summary>
    public const int MaxThreads = 2;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "wrk", "requests.lua");

    /// <summary>Throws with what to do when wrk isn't there.</summary>
    public static void Require()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!Array.Exists(folders, folder => File.Exists(Path.Combine(folder, "wrk"))))
            throw new InvalidOperationException("These figures need wrk, the HTTP load generator: apt-get install wrk, or put it into the PATH.");
    }

    public static async Task<WrkResult> RunAsync(Uri server, WrkRequests requests, int connections, TimeSpan duration)
    {
        var threads = Math.Min(connections, MaxThreads);
        var output = await Command.RunAsync(
            "wrk", "--threads", $"{threads}", "--connections", $"{connections}", "--duration", $"{duration.TotalSeconds:F0}s",
            "--timeout", $"{Patience.TotalSeconds}s", "--script", Script, $"{server}",
            "--", requests.Location, $"{threads}", $"{WrkRequests.OtherEvery}", requests.MayBePartial ? "look" : "");
        return Parse(output);
    }

    private static WrkResult Parse(string output)
    {
        var line = output.Split('\n').Single(line => line.StartsWith("RESULT ", StringComparison.Ordinal));
        var values = line.Split(' ').Skip(1).Select(pair => pair.Split('=')).ToDictionary(
            pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        var answered = values["requests"] - values["refused"];
        return new WrkResult(
            answered / (values["duration"] / 1e6),
            answered,
            values["p50"] / 1e3,
            values["p99"] / 1e3,
            values["refused"],
            values["connect"] + values["read"] + values["write"] + values["timeout"]);
    }
}
