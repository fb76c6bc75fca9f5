using System.Globalization;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What a Deployment says of how its agent is to run, for sentences about it.</summary>
internal sealed class AgentFacts
{
    private const string MemoryLimitSetting = "resources.limits.memory";
    private const string MemoryRequestSetting = "resources.requests.memory";
    private const string CpuRequestSetting = "resources.requests.cpu";
    private const string StartupSetting = "health.startup_seconds";
    private const string ImageSetting = "image";
    private const string Unknown = "?";

    private readonly string[] _own;
    private readonly Container? _container;
    private readonly Container? _fetch;

    public AgentFacts(Deployment deployment)
    {
        var annotations = deployment.Metadata.Annotations;
        _own = annotations?.GetValueOrDefault(AgentObjects.SettingsAnnotation)?.Split(' ') ?? [];
        var pod = deployment.Spec.Template?.Spec;
        _container = pod?.Containers?.FirstOrDefault(container => container.Name == AgentPod.ContainerName);
        _fetch = pod?.InitContainers?.FirstOrDefault(container => container.Name == CodeFetchPod.ContainerName);
        Port = AgentPod.PortOf(pod);
        Deadline = string.Create(CultureInfo.InvariantCulture, $"{deployment.Spec.ProgressDeadlineSeconds ?? 0} s{(IsOwn(StartupSetting) ? $" ({StartupSetting} in its configuration)" : "")}");
        // Nobody knows which rollout an object without the mark is about, but it isn't the present one.
        Rollout = int.TryParse(annotations?.GetValueOrDefault(AgentObjects.RolloutAnnotation), CultureInfo.InvariantCulture, out var rollout) ? rollout : 0;
    }

    public int Rollout { get; }

    public int Port { get; }

    /// <summary>How long it may take to be ready, with its unit.</summary>
    public string Deadline { get; }

    public string? HealthPath => _container?.ReadinessProbe?.HttpGet?.Path;

    public string Image => _container?.Image ?? Unknown;

    /// <summary>What fetches its code.</summary>
    public string FetchImage => _fetch?.Image ?? Unknown;

    /// <summary>Where its image is to be changed.</summary>
    public string ImageSource => IsOwn(ImageSetting) ? "image in the agent's configuration" : "AGENT_IMAGE";

    public string MemoryLimit => _container?.Resources?.Limits?.GetValueOrDefault("memory") ?? Unknown;

    public string MemoryLimitSource => Source(MemoryLimitSetting, "AGENT_MEMORY_LIMIT");

    public string CpuRequest => _container?.Resources?.Requests?.GetValueOrDefault("cpu") ?? Unknown;

    public string CpuRequestSource => Source(CpuRequestSetting, "AGENT_CPU_REQUEST");

    public string MemoryRequest => _container?.Resources?.Requests?.GetValueOrDefault("memory") ?? Unknown;

    public string MemoryRequestSource => Source(MemoryRequestSetting, "AGENT_MEMORY_REQUEST");

    /// <summary>What stands in <see cref="AgentObjects.SettingsAnnotation"/>.</summary>
    public static string OwnSettings(AgentSettings settings)
    {
        var (requests, limits) = (settings.Resources?.Requests, settings.Resources?.Limits);
        (string Name, object? Value)[] all =
        [
            (ImageSetting, settings.Image),
            (CpuRequestSetting, requests?.Cpu ?? limits?.Cpu),
            (MemoryRequestSetting, requests?.Memory ?? limits?.Memory),
            (MemoryLimitSetting, limits?.Memory ?? requests?.Memory),
            (StartupSetting, settings.Health?.StartupSeconds),
        ];
        return string.Join(' ', all.Where(setting => setting.Value is not null).Select(setting => setting.Name));
    }

    private bool IsOwn(string setting) => _own.Contains(setting, StringComparer.Ordinal);

    private string Source(string setting, string variable) => IsOwn(setting) ? $"{setting} in its configuration" : variable;
}
