namespace StackAgent.Application.Common;

/// <summary>Where agents and people reach things.</summary>
/// <param name="ServerUrl">This server, without a trailing slash (<c>PUBLIC_URL</c>).</param>
/// <param name="AgentsUrl">What stands before <c>/stacks/…</c> in an agent's address: this server, or the ingress of a cluster.</param>
/// <param name="ChatUiBaseUrl">The chat interface that <c>ui_url</c> points at; null: the agent's own address.</param>
public sealed record AgentUrls(string ServerUrl, string AgentsUrl, string? ChatUiBaseUrl)
{
    /// <summary>The path prefix that is removed before an agent sees a request; no trailing slash.</summary>
    public static string RootPath(Guid stackId, Guid agentId) => $"/stacks/{stackId}/agents/{agentId}";

    public string ApiUrl(Guid stackId, Guid agentId) => $"{AgentsUrl}{RootPath(stackId, agentId)}/";

    public string UiUrl(Guid stackId, Guid agentId)
    {
        var apiUrl = ApiUrl(stackId, agentId);
        return ChatUiBaseUrl is null
            ? apiUrl
            : $"{ChatUiBaseUrl}/?apiUrl={Uri.EscapeDataString(apiUrl)}&assistantId={Uri.EscapeDataString(agentId.ToString())}";
    }
}
