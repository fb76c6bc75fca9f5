using System.Text;
using System.Text.Json;

namespace StackAgent.Bench.Kubernetes;

/// <summary>What one user asked of the API server, from the file in which the server writes down each request.</summary>
internal sealed class AuditLog
{
    private readonly string _path;
    private readonly string _user;
    private readonly Dictionary<string, WatchSpan> _watches = new(StringComparer.Ordinal);
    private Dictionary<ApiCall, int> _calls = [];
    private long _offset;

    /// <summary>Begins at the end of what the file holds now.</summary>
    public AuditLog(string path, string user)
    {
        _path = path;
        _user = user;
        if (!File.Exists(path))
            throw new InvalidOperationException($"There is no audit log at {path}; --audit-log says where it is.");
        _offset = new FileInfo(path).Length;
    }

    /// <summary>Requests that ended since this was last asked, without watches.</summary>
    public ApiCalls Take()
    {
        Read();
        var taken = new ApiCalls(_calls);
        _calls = [];
        return taken;
    }

    /// <summary>
    /// Which resources were being watched at a time by the API server's clock. To be asked when the watches have ended: some versions write a
    /// watch down only then.
    /// </summary>
    public IReadOnlyList<string> WatchedAt(DateTimeOffset time)
    {
        Read();
        return [.. _watches.Values.Where(watch => watch.From <= time && !(watch.Until <= time)).Select(watch => watch.Resource).Order(StringComparer.Ordinal)];
    }

    /// <summary>How many watches began in a stretch of time; to be asked when they have ended.</summary>
    public int CountWatchesBegun(DateTimeOffset from, DateTimeOffset until)
    {
        Read();
        return _watches.Values.Count(watch => watch.From > from && watch.From <= until);
    }

    private void Read()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = _offset;
        using var reader = new StreamReader(file, Encoding.UTF8);
        var user = $"\"username\":\"{_user}\"";
        var text = reader.ReadToEnd();
        // The last line may still be being written.
        var whole = text.AsSpan(0, text.LastIndexOf('\n') + 1);
        _offset += Encoding.UTF8.GetByteCount(whole);
        foreach (var line in whole.EnumerateLines())
        {
            if (line.Contains(user, StringComparison.Ordinal))
                Add(line.ToString());
        }
    }

    private void Add(string line)
    {
        using var json = JsonDocument.Parse(line);
        var entry = json.RootElement;
        var verb = entry.GetProperty("verb").GetString()!;
        var stage = entry.GetProperty("stage").GetString()!;
        var resource = entry.TryGetProperty("objectRef", out var target) ? target.GetProperty("resource").GetString()! : "(none)";
        if (target.ValueKind == JsonValueKind.Object && target.TryGetProperty("subresource", out var part))
            resource = $"{resource}/{part.GetString()}";

        if (verb != "watch")
        {
            if (stage != "ResponseStarted")
            {
                var call = new ApiCall(verb, resource, entry.GetProperty("responseStatus").GetProperty("code").GetInt32());
                _calls[call] = _calls.GetValueOrDefault(call) + 1;
            }

            return;
        }

        _watches[entry.GetProperty("auditID").GetString()!] = new WatchSpan(
            resource,
            entry.GetProperty("requestReceivedTimestamp").GetDateTimeOffset(),
            stage == "ResponseStarted" ? null : entry.GetProperty("stageTimestamp").GetDateTimeOffset());
    }

    private sealed record WatchSpan(string Resource, DateTimeOffset From, DateTimeOffset? Until);
}

/// <summary>A kind of request.</summary>
/// <param name="Verb">Kubernetes' word for it: <c>patch</c> is what applies.</param>
/// <param name="Resource">Plural, with the part of it that was asked for, such as <c>pods/log</c>.</param>
/// <param name="Code">HTTP status; 201 when applying made the object.</param>
internal readonly record struct ApiCall(string Verb, string Resource, int Code);

/// <summary>Requests of a stretch of time.</summary>
internal sealed record ApiCalls(IReadOnlyDictionary<ApiCall, int> ByKind)
{
    private static readonly string[] AgentResources = ["deployments", "services", "ingresses", "secrets"];

    public int Total => ByKind.Values.Sum();

    /// <summary>Those for agents: all but what belongs to a stack as a whole and what lists.</summary>
    public int OfAgents => ByKind.Where(call => call.Key.Verb != "list" && AgentResources.Contains(call.Key.Resource)).Sum(call => call.Value);
}
