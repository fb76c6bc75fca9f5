using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>Counts all agents by their status, half a minute apart: one look through an index, whoever asks for metrics how often.</summary>
internal sealed class AgentNumbers(IServiceScopeFactory scopes, TimeProvider time, ILogger<AgentNumbers> logger)
    : ResilientBackgroundService(time, logger), IGauges
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    // Every status has a number, so that one which no agent has any more goes down to zero and not away.
    private static readonly string[] Statuses = [.. Enum.GetValues<AgentStatus>().Select(EnumWords<AgentStatus>.ToWord)];

    private readonly TimeProvider _time = time;
    private volatile Dictionary<AgentStatus, int>? _numbers;

    public void AddTo(Meter meter) => meter.CreateObservableGauge(
        "stackagent.agents", Measure, "{agent}", "Agents of the whole installation by status; every server tells the same, up to half a minute old.");

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            await using var scope = scopes.CreateAsyncScope();
            _numbers = await scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Agents
                .AsNoTracking()
                .GroupBy(agent => agent.Status)
                .Select(group => new { group.Key, Number = group.Count() })
                .ToDictionaryAsync(group => group.Key, group => group.Number, cancellationToken);
            Progress();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private IEnumerable<Measurement<int>> Measure() => _numbers is not { } numbers
        ? []
        : Enum.GetValues<AgentStatus>().Select(status => new Measurement<int>(
            numbers.GetValueOrDefault(status), new KeyValuePair<string, object?>("status", Statuses[(int)status])));
}

public static class AgentNumbersRegistration
{
    /// <summary>For servers whose metrics somebody wants. Needs the persistence; register it after that.</summary>
    public static IServiceCollection AddAgentNumbers(this IServiceCollection services)
    {
        services.AddSingleton<AgentNumbers>();
        services.AddSingleton<IGauges>(provider => provider.GetRequiredService<AgentNumbers>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<AgentNumbers>());
        return services;
    }
}
