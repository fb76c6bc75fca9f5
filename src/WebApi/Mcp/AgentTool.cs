using System.Diagnostics;
using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Mcp;

/// <summary>
/// A tool for models. What it takes is described by hand and read like the body of a request, so that a wrong argument is explained in the same
/// words as over HTTP: a model acts on a sentence.
/// </summary>
internal abstract class AgentTool : McpServerTool
{
    private static readonly JsonSerializerOptions Json = JsonDefaults.Create();

    /// <summary>Describes the tool.</summary>
    /// <param name="name">By which it is called.</param>
    /// <param name="title">For people.</param>
    /// <param name="description">For models: what it does, and when to use it.</param>
    /// <param name="policy">Who may call it; one of <see cref="Policies"/>.</param>
    /// <param name="arguments">The properties of its arguments, as JSON Schema.</param>
    /// <param name="required">Those of them that have to be there.</param>
    /// <param name="isReadOnly">It changes nothing.</param>
    protected AgentTool(string name, string title, string description, string policy, string arguments, string[] required, bool isReadOnly)
    {
        Policy = policy;
        ProtocolTool = new Tool
        {
            Name = name,
            Title = title,
            Description = description,
            InputSchema = JsonSerializer.SerializeToElement(new
            {
                type = "object",
                properties = JsonSerializer.Deserialize<JsonElement>(arguments),
                required,
            }),
            Annotations = new ToolAnnotations { Title = title, ReadOnlyHint = isReadOnly, DestructiveHint = false, OpenWorldHint = false },
        };
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => [];

    /// <summary>Who may call it.</summary>
    public string Policy { get; }

    public sealed override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var services = request.Services ?? throw new UnreachableException("A request over HTTP has services.");
        var context = services.GetRequiredService<IHttpContextAccessor>().HttpContext ?? throw new UnreachableException("A request over HTTP has a context.");
        try
        {
            var allowed = await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(context.User, Policy);
            if (!allowed.Succeeded)
                throw new ForbiddenException(CallerAuthentication.KeyIsNotEnough);

            var call = new ToolCall(context, services.GetRequiredService<IMediator>(), new ToolArguments(request.Params?.Arguments));
            return Answer(await RunAsync(call, cancellationToken));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Refusal(services.GetRequiredService<ExceptionToProblemHandler>().ToProblem(context, exception));
        }
    }

    /// <summary>Does it. Throws what a controller's action would.</summary>
    protected abstract Task<object> RunAsync(ToolCall call, CancellationToken cancellationToken);

    /// <summary>As text too, for clients that know nothing else.</summary>
    private static CallToolResult Answer(object result)
    {
        var json = JsonSerializer.SerializeToElement(result, result.GetType(), Json);
        return new CallToolResult { StructuredContent = json, Content = [new TextContentBlock { Text = json.GetRawText() }] };
    }

    private static CallToolResult Refusal(Problem problem) => new()
    {
        IsError = true,
        Content = [new TextContentBlock { Text = problem.Detail }],
        StructuredContent = JsonSerializer.SerializeToElement(problem, Json),
    };
}

/// <summary>A call of a tool.</summary>
/// <param name="Context">The HTTP request that it came by.</param>
/// <param name="Mediator">Leads to the use cases.</param>
/// <param name="Arguments">What the model gave.</param>
internal sealed record ToolCall(HttpContext Context, IMediator Mediator, ToolArguments Arguments)
{
    public CallerIdentity Caller => CallerIdentity.Of(Context) ?? throw new UnreachableException("Nobody gets here without a credential.");
}
