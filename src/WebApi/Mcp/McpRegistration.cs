using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackAgent.Application.Common;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.Mcp;

/// <summary>The Model Context Protocol at <c>/mcp</c>: for models, what the API is for programs. See docs/decisions/0091-mcp.md.</summary>
internal static class McpRegistration
{
    private const string Path = "/mcp";

    private const string Instructions =
        "StackAgent keeps track of what AI agents do. When you work on a task, call start_session at its beginning, report_status at each milestone and whenever you "
        + "need a person, and end_session at its end, always with the same agent_id and session_topic. The other tools tell how the user's agents are doing.";

    public static IServiceCollection AddMcp(this IServiceCollection services)
    {
        services
            .AddMcpServer(options =>
            {
                options.ServerInfo = new Implementation { Name = "stackagent", Title = "StackAgent", Version = StartupBlock.Version };
                options.ServerInstructions = Instructions;
            })
            .WithHttpTransport(transport => transport.Stateless = true)
            .WithTools(
            [
                new StartSessionTool(), new ReportStatusTool(), new EndSessionTool(),
                new ListAgentsTool(), new GetAgentTool(), new ListSessionsTool(), new GetSessionTool(), new GetAgentLogsTool(),
            ])
            .WithRequestFilters(filters => filters.AddListToolsFilter(next => async (request, cancellationToken) =>
            {
                var result = await next(request, cancellationToken);
                await RemoveForbiddenAsync(result, request);
                return result;
            }));
        return services;
    }

    public static void MapMcp(this WebApplication app)
    {
        var cors = app.Services.GetRequiredService<CorsSettings>();
        var address = app.Services.GetRequiredService<IPublicAddress>();
        McpEndpointRouteBuilderExtensions.MapMcp(app, Path)
            .RequireAuthorization(Policies.AnyCredential)
            .ExcludeFromDescription()
            .Add(endpoint =>
            {
                var next = endpoint.RequestDelegate!;
                endpoint.RequestDelegate = context => IsKnownOrigin(context, cors, address)
                    ? next(context)
                    : context.WriteProblemAsync(StatusCodes.Status403Forbidden, "Pages of this origin may not use /mcp; CORS_ORIGINS names those that may.");
            });
    }

    /// <summary>A page that a browser took for this machine's own, because its name was pointed here, still says where it came from.</summary>
    private static bool IsKnownOrigin(HttpContext context, CorsSettings cors, IPublicAddress address)
    {
        var origin = context.Request.Headers.Origin.ToString();
        return origin.Length == 0
            || cors.AnyOrigin
            || cors.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (Uri.TryCreate(address.BaseUrl, UriKind.Absolute, out var own) && string.Equals(own.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A model shall not try what its key doesn't allow.</summary>
    private static async Task RemoveForbiddenAsync(ListToolsResult result, RequestContext<ListToolsRequestParams> request)
    {
        if (request is not { Services: { } services, User: { } user, Server.ServerOptions.ToolCollection: { } tools })
            return;

        var authorization = services.GetRequiredService<IAuthorizationService>();
        foreach (var tool in tools.OfType<AgentTool>())
        {
            if (!(await authorization.AuthorizeAsync(user, tool.Policy)).Succeeded)
                result.Tools.Remove(tool.ProtocolTool);
        }
    }
}
