using System.Net;
using StackAgent.Application.Common.Quotas;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Configuration;

/// <summary>Reads what bounds callers. 0 takes a bound away.</summary>
internal static class LimitsParser
{
    private const int MaxRate = 1_000_000;

    public static LimitSettings ParseLimits(EnvironmentReader reader) => new()
    {
        Requests = Bound(reader, "RATE_LIMIT_REQUESTS", LimitSettings.DefaultRequests, MaxRate),
        Reports = Bound(reader, "RATE_LIMIT_REPORTS", LimitSettings.DefaultReports, MaxRate),
        AnonymousRequests = Bound(reader, "RATE_LIMIT_ANONYMOUS", LimitSettings.DefaultAnonymousRequests, MaxRate),
        Connections = Bound(reader, "MAX_CONNECTIONS", LimitSettings.DefaultConnections, int.MaxValue),
    };

    public static QuotaOptions ParseQuotas(EnvironmentReader reader) => new()
    {
        Stacks = Bound(reader, "QUOTA_STACKS", QuotaOptions.DefaultStacks, int.MaxValue),
        Agents = Bound(reader, "QUOTA_AGENTS", QuotaOptions.DefaultAgents, int.MaxValue),
        ReportedAgents = Bound(reader, "QUOTA_REPORTED_AGENTS", QuotaOptions.DefaultReportedAgents, int.MaxValue),
        CodeBytes = reader.Number("QUOTA_CODE_BYTES", QuotaOptions.DefaultCodeBytes, 0, long.MaxValue) is > 0 and var bytes ? bytes : null,
    };

    public static IReadOnlyList<IPNetwork> ParseTrustedProxies(EnvironmentReader reader)
    {
        const string Name = "TRUSTED_PROXIES";
        var networks = new List<IPNetwork>();
        foreach (var entry in reader.List(Name))
        {
            if (IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(entry, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                reader.Refuse($"{Name} must be a list of addresses or networks such as 10.0.0.0/8, separated by commas.");
        }

        return networks;
    }

    private static int? Bound(EnvironmentReader reader, string name, int fallback, int max) => reader.Number(name, fallback, 0, max) is > 0 and var bound ? (int)bound : null;
}
