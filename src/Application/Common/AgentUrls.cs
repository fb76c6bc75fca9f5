namespace StackAgent.Application.Common;

/// <summary>Where agents and people reach things.</summary>
/// <param name="server">This server.</param>
/// <param name="agentsUrl">What stands before <c>/stacks/…</c> in an agent's address, without a trailing slash; null: this server.</param>
/// <param name="chatUiBaseUrl">The chat interface that <c>ui_url</c> points at, without a trailing slash; null: the agent's own address.</param>
/// <param name="serverForAgents">How agents reach this server, without a trailing slash; null: as people do.</param>
public sealed class AgentUrls(IPublicAddress server, string? agentsUrl, string? chatUiBaseUrl, string? serverForAgents = null)
{
    /// <summary>This server as agents reach it, without a trailing slash.</summary>
    public string ServerForAgents => serverForAgents ?? server.BaseUrl;

    /// <summary>The path prefix that is removed before an agent sees a request; no trailing slash.</summary>
    public static string RootPath(Guid stackId, Guid agentId) => $"/stacks/{stackId}/agents/{agentId}";

    public string ApiUrl(Guid stackId, Guid agentId) => $"{agentsUrl ?? server.BaseUrl}{RootPath(stackId, agentId)}/";

    public string UiUrl(Guid stackId, Guid agentId) => UiUrl(ApiUrl(stackId, agentId), agentId);

    /// <summary>The same, for whoever has the agent's <see cref="ApiUrl"/> already.</summary>
    public string UiUrl(string apiUrl, Guid agentId) => chatUiBaseUrl is null
        ? apiUrl
        : $"{chatUiBaseUrl}/?apiUrl={Uri.EscapeDataString(apiUrl)}&assistantId={agentId}";
}
