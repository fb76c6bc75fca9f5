using StackAgent.Application.Common;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Application.Agents;

/// <summary>Adds to an agent's row where the agent answers and where its code is, which is how clients see it.</summary>
internal sealed class AgentAddresses(AgentUrls urls, ICodeFolders folders)
{
    public AgentDto Add(AgentRow row)
    {
        var apiUrl = row.StackId is { } stack ? urls.ApiUrl(stack, row.Id) : null;
        return new AgentDto(
            row.Id,
            row.Key,
            row.Kind,
            row.StackId,
            row.Name,
            row.Description,
            row.Source,
            row.Status,
            row.StatusReason,
            row.StatusMessage,
            apiUrl,
            apiUrl is null ? null : urls.UiUrl(apiUrl, row.Id),
            row.StackId is { } diskStack ? folders.CurrentCodePath(diskStack, row.Id) : null,
            row.Revision,
            row.CreatedAt,
            row.CreatedBy,
            row.UpdatedAt,
            row.UpdatedBy,
            row.CreatedAt,
            row.LastSeen,
            row.SessionCount,
            row.ActiveSessionCount,
            row.LatestStatus,
            row.LatestMessage,
            row.Version);
    }
}
