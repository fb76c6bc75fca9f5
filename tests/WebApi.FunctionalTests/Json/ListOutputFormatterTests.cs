using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using StackAgent.Application.Agents;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.WebApi.Json;
using StackAgent.WebApi.Models;

namespace StackAgent.WebApi.FunctionalTests.Json;

/// <summary>What is written by hand is, byte for byte, what the serializer would write.</summary>
public sealed class ListOutputFormatterTests
{
    private const string Awkward = "\"<script>\\ \u0001 é 漢 \U0001F600 / ' + & \u2028";

    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);
    private static readonly UserInfo Person = new(Guid.CreateVersion7(), Awkward, "a@b.example");

    private static readonly AgentDto Full = new(
        Guid.CreateVersion7(), Awkward, AgentKind.Deployed, Guid.CreateVersion7(), Awkward, Awkward, Awkward, AgentStatus.Failed, "Reason", Awkward,
        "http://127.0.0.1:8000/stacks/a/agents/b/", "https://chat.example/?apiUrl=a%2Fb&assistantId=c", "/var/agents/a b", 7, Moment, Person,
        Moment.AddTicks(10), Person, Moment.AddDays(1), Moment.AddSeconds(1), 5, 3, SessionState.WaitingForInput, Awkward, 3);

    private static readonly AgentDto Empty = new(
        Guid.CreateVersion7(), "a", AgentKind.Reported, StackId: null, "a", Description: null, Source: null, AgentStatus.External, StatusReason: null,
        StatusMessage: null, ApiUrl: null, UiUrl: null, DiskPath: null, 0, Moment, Person, Moment, Person, Moment, LastSeen: null, 0, 0,
        LatestStatus: null, LatestMessage: null, Version: 1);

    private static readonly StackListItem[] Stacks =
    [
        new(Guid.CreateVersion7(), Awkward, Awkward, "stack-x", StackStatus.Failed, "Reason", Awkward, Moment, Person, Moment.AddYears(1), Person, 12),
        new(Guid.CreateVersion7(), "s", Description: null, "stack-y", StackStatus.Ready, StatusReason: null, StatusMessage: null, Moment, Person, Moment, Person, 0),
    ];

    private static IEnumerable<object> Pages =>
    [
        new AgentsResponse([Full, Empty], Total: 12, Page: 2, Limit: 10, Pages: 3),
        new AgentsResponse([], Total: 0, Page: 1, Limit: 10, Pages: 0),
        new AgentsResponse([.. Enumerable.Repeat(Full, 200)], Total: 200, Page: 1, Limit: 1000, Pages: 1),
        new PageResponse<AgentDto>([Empty, Full], Total: 2, Page: 1, Limit: 20, Pages: 1),
        new PageResponse<StackListItem>(Stacks, Total: 2, Page: 1, Limit: 20, Pages: 1),
        new AgentsResponse(
            [.. Enum.GetValues<AgentStatus>().Select(status => Full with { Status = status }), .. Enum.GetValues<SessionState>().Select(state => Full with { LatestStatus = state })],
            Total: 0, Page: 1, Limit: 1, Pages: 0),
    ];

    [TestCaseSource(nameof(Pages))]
    public async Task Write_WhenItIsAPage_WritesWhatTheSerializerWould(object page)
    {
        var options = JsonDefaults.Create();
        using var written = new MemoryStream();
        var body = PipeWriter.Create(written, new StreamPipeWriterOptions(leaveOpen: true));

        await new ListOutputFormatter(options).WriteAsync(body, page, CancellationToken.None);
        await body.CompleteAsync();

        Assert.That(Encoding.UTF8.GetString(written.ToArray()), Is.EqualTo(JsonSerializer.Serialize(page, page.GetType(), options)));
    }
}
