using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Application.Sessions;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.StatusReports;

namespace StackAgent.WebApi.Mcp;

/// <summary>A tool that reports a status. Names and arguments are those of kubeagents-mcp; what is more is optional.</summary>
internal abstract class ReportTool(string name, string title, string description, string arguments, string[] required)
    : AgentTool(name, title, description, Policies.Report, arguments, required, isReadOnly: false)
{
    protected const string Session = """
        "agent_id": {"type": "string", "maxLength": 100, "description": "Who you are: a stable name of your choice, the same in every call of a task. Only a key that belongs to one agent may leave it out."},
        "session_topic": {"type": "string", "maxLength": 500, "description": "What you are working on, in a few words; the same in every call of a task."},
        "message": {"type": "string", "maxLength": 1000, "description": "One sentence for the people who watch: what you did or what you need."},
        "content": {"type": "string", "maxLength": 10000, "description": "Details, such as a summary, a list of changes or an error's text."},
        "event_id": {"type": "string", "maxLength": 100, "description": "Any text that names this very call: the same call made again with it is recorded once."}
        """;

    protected const string Names = """
        "agent_name": {"type": "string", "maxLength": 200, "description": "How people shall see you."},
        "agent_source": {"type": "string", "maxLength": 200, "description": "Where you run, such as the name of a program or a machine."},
        "ttl_minutes": {"type": "integer", "minimum": 0, "maximum": 1440, "description": "After so many minutes without a call the session counts as gone silent; 30 unless said."}
        """;

    private static readonly string[] Fields =
        ["agent_id", "session_topic", "agent_name", "agent_source", "status", "message", "content", "ttl_minutes", "event_id", "timestamp"];

    /// <summary>The status to report.</summary>
    protected abstract string? StatusOf(ToolArguments arguments);

    protected sealed override async Task<object> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var report = new JsonObject();
        foreach (var field in Fields)
        {
            if (call.Arguments[field] is { } value)
                report[field] = JsonNode.Parse(value.GetRawText());
        }

        if (StatusOf(call.Arguments) is { } status)
            report["status"] = status;
        if (report["agent_id"] is null && call.Caller.AgentId is { } own)
            report["agent_id"] = own.ToString();

        var body = ReportReader.Read(new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(report)));

        // As over HTTP: a report that is on its way is stored whether somebody still waits or not.
        await call.Mediator.Send(new ReportStatus(body.Items[0].Report), CancellationToken.None);
        return ReportsAccepted.Instance;
    }
}

internal sealed class StartSessionTool() : ReportTool(
    "start_session",
    "Start a session",
    "Call this once when you begin a task, before anything else. People see at once that you are at work on it. Use the same agent_id and session_topic in every later call.",
    "{" + Session + ", " + Names + "}",
    ["session_topic"])
{
    protected override string? StatusOf(ToolArguments arguments) => arguments.Text("status") ?? "running";
}

internal sealed class ReportStatusTool() : ReportTool(
    "report_status",
    "Report a status",
    "Call this at every milestone of a task and whenever its state changes: running while you work, waiting_for_input when a person has to answer or decide, "
    + "pending when you wait for something else, failed when you can't go on. Say in message what is done or what you need.",
    "{" + Session + ", " + Names + """
        , "status": {"type": "string", "enum": ["running", "success", "failed", "pending", "waiting_for_input"], "description": "How the task stands; running unless said."}}
        """,
    ["session_topic"])
{
    protected override string? StatusOf(ToolArguments arguments) => arguments["status"] is null ? "running" : null;
}

internal sealed class EndSessionTool() : ReportTool(
    "end_session",
    "End a session",
    "Call this once when a task is over, with success when it is done and failed when it was given up. Say in message what came of it.",
    "{" + Session + """
        , "status": {"type": "string", "enum": ["success", "failed"], "description": "How the task ended; success unless said."}}
        """,
    ["session_topic"])
{
    protected override string? StatusOf(ToolArguments arguments) => arguments.Text("status") switch
    {
        null => "success",
        "success" or "failed" => null,
        _ => throw ToolArguments.Wrong("status", "A session ends with success or failed; for anything else use report_status."),
    };
}
