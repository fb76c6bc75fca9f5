using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Formatters;
using StackAgent.Application.Agents;
using StackAgent.Application.Stacks;
using StackAgent.WebApi.Models;

namespace StackAgent.WebApi.Json;

/// <summary>Writes pages of agents and of stacks straight into the connection, a part at a time, so that a page of 1,000 agents isn't held in memory.</summary>
internal sealed class ListOutputFormatter : TextOutputFormatter
{
    private const int PartBytes = 32 * 1024;

    private readonly JsonWriterOptions _options;

    public ListOutputFormatter(JsonSerializerOptions options)
    {
        SupportedMediaTypes.Add("application/json");
        SupportedEncodings.Add(Encoding.UTF8);
        _options = new JsonWriterOptions { Encoder = options.Encoder, SkipValidation = true };
    }

    public override Task WriteResponseBodyAsync(OutputFormatterWriteContext context, Encoding selectedEncoding) =>
        WriteAsync(context.HttpContext.Response.BodyWriter, context.Object!, context.HttpContext.RequestAborted);

    /// <summary>The page as the serializer would write it.</summary>
    public Task WriteAsync(PipeWriter body, object page, CancellationToken cancellationToken) => page switch
    {
        AgentsResponse agents => WriteAsync(
            body, "agents", agents.Agents, ListJson.Write, agents.Total, agents.Page, agents.Limit, agents.Pages, cancellationToken),
        PageResponse<AgentDto> agents => WriteAsync(
            body, "items", agents.Items, ListJson.Write, agents.Total, agents.Page, agents.Limit, agents.Pages, cancellationToken),
        PageResponse<StackListItem> stacks => WriteAsync(
            body, "items", stacks.Items, ListJson.Write, stacks.Total, stacks.Page, stacks.Limit, stacks.Pages, cancellationToken),
        _ => throw new ArgumentException("This isn't a page of agents or of stacks.", nameof(page)),
    };

    protected override bool CanWriteType(Type? type) =>
        type == typeof(AgentsResponse) || type == typeof(PageResponse<AgentDto>) || type == typeof(PageResponse<StackListItem>);

    private async Task WriteAsync<T>(
        PipeWriter body, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write,
        int total, int page, int limit, int pages, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(body, _options);
        json.WriteStartObject();
        json.WriteStartArray(name);
        var flushed = 0L;
        foreach (var item in items)
        {
            write(json, item);
            if (json.BytesCommitted + json.BytesPending - flushed < PartBytes)
                continue;

            await json.FlushAsync(cancellationToken);
            flushed = json.BytesCommitted;
            if ((await body.FlushAsync(cancellationToken)).IsCompleted)
                return; // Nobody reads on.
        }

        json.WriteEndArray();
        json.WriteNumber("total", total);
        json.WriteNumber("page", page);
        json.WriteNumber("limit", limit);
        json.WriteNumber("pages", pages);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        await body.FlushAsync(cancellationToken);
    }
}
