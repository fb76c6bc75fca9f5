using StackAgent.Application.Common;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.Sessions;

/// <summary>Enums as the database holds them, for SQL that is written by hand.</summary>
internal static class Words
{
    private static readonly Dictionary<string, SessionStatus> Statuses =
        Enum.GetValues<SessionStatus>().ToDictionary(status => ValidatorExtensions.WireName(status.ToString()), StringComparer.Ordinal);

    private static readonly Dictionary<string, AgentKind> Kinds =
        Enum.GetValues<AgentKind>().ToDictionary(kind => ValidatorExtensions.WireName(kind.ToString()), StringComparer.Ordinal);

    public static SessionStatus StatusOf(string word) => Statuses[word];

    public static AgentKind KindOf(string word) => Kinds[word];
}
