using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.WebApi.Configuration;

/// <summary>Reads what is put into a cluster. Checked also where there is none, so that a value that is wrong is found before it is needed.</summary>
internal static partial class KubernetesOptionsParser
{
    private const string DefaultImage = "iad.ocir.io/tenant/aegra-runtime:latest";
    private const string None = "none";
    private const string ImageExample = "an image such as registry.example.com/agents/runtime:1.0";
    private const string Privileged = "privileged";
    private const string Baseline = "baseline";
    private const string Restricted = "restricted";

    public static KubernetesOptions Parse(
        EnvironmentReader reader, TimeSpan deployTimeout, string workingDirectory, IMachine machine, List<string> warnings)
    {
        var hardening = reader.Word("AGENT_POD_SECURITY", Restricted, Baseline) == Baseline ? PodHardening.Baseline : PodHardening.Restricted;
        var fetch = CodeDeliveryParser.Parse(reader, Matching(reader, CodeDeliveryParser.ImageName, Image(), ImageExample));
        return new KubernetesOptions(Matching(reader, "AGENT_IMAGE", Image(), ImageExample) ?? DefaultImage, deployTimeout)
        {
            ImagePullPolicy = reader.Word("AGENT_IMAGE_PULL_POLICY", "Always", "IfNotPresent", "Never"),
            ImagePullSecrets = PullSecrets(reader),
            ImagePullConfigFile = PullConfig(reader, workingDirectory, machine),
            Resources = Resources(reader),
            RunAsUser = (int)reader.Number("AGENT_RUN_AS_USER", 10_001, 1, int.MaxValue),
            Hardening = hardening,
            Fetch = fetch,
            HostPlatformPath = HostPath(reader),
            Ingress = Ingress(reader),
            Stack = Limits(reader, PodsReach(hardening, fetch), warnings),
        };
    }

    /// <summary>The strictest level that agents' pods keep to.</summary>
    private static string PodsReach(PodHardening hardening, CodeFetchOptions? fetch) =>
        fetch is null ? Privileged : hardening == PodHardening.Baseline ? Baseline : Restricted;

    private static IReadOnlyList<string> PullSecrets(EnvironmentReader reader)
    {
        var names = reader.List("AGENT_IMAGE_PULL_SECRETS");
        if (!names.All(IsObjectName))
            reader.Refuse("AGENT_IMAGE_PULL_SECRETS must be names of secrets, separated by commas.");
        return names;
    }

    private static string? PullConfig(EnvironmentReader reader, string workingDirectory, IMachine machine)
    {
        if (reader.Text("AGENT_IMAGE_PULL_CONFIG") is not { } given)
            return null;

        var path = Path.GetFullPath(given, workingDirectory);
        try
        {
            if (machine.ReadText(path) is not { } text)
                reader.Refuse($"AGENT_IMAGE_PULL_CONFIG names {path}, which doesn't exist.");
            else if (!HoldsAuths(text))
                reader.Refuse($"AGENT_IMAGE_PULL_CONFIG names {path}, which isn't what docker login writes: JSON with \"auths\".");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reader.Refuse($"AGENT_IMAGE_PULL_CONFIG names {path}, which this user can't read.");
        }

        return path;
    }

    private static bool HoldsAuths(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("auths", out var auths) && auths.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static AgentResources Resources(EnvironmentReader reader)
    {
        var defaults = new AgentResources();
        var (cpuRequest, cpuLimit) = Pair(reader, "AGENT_CPU_REQUEST", defaults.CpuRequest, "AGENT_CPU_LIMIT", defaults.CpuLimit, 0.001m, "250m or 1.5");
        var (memoryRequest, memoryLimit) = Pair(
            reader, "AGENT_MEMORY_REQUEST", defaults.MemoryRequest, "AGENT_MEMORY_LIMIT", defaults.MemoryLimit, 1 << 20, "512Mi or 2Gi");
        return new AgentResources { CpuRequest = cpuRequest, CpuLimit = cpuLimit, MemoryRequest = memoryRequest, MemoryLimit = memoryLimit };
    }

    /// <summary>A request and its limit. Memory in thousandths (<c>512m</c> where <c>512Mi</c> was meant) is allowed to Kubernetes, and never right.</summary>
    private static (string Request, string Limit) Pair(
        EnvironmentReader reader, string requestName, string requestDefault, string limitName, string limitDefault, decimal least, string example)
    {
        var request = Amount(requestName, requestDefault);
        var limit = Amount(limitName, limitDefault);
        if (request.Amount <= limit.Amount || request.Amount < 0 || limit.Amount < 0)
            return (request.Text, limit.Text);

        // The one that was set is the one to change; where both were, the request.
        if (reader.Text(requestName) is not null)
            reader.Refuse($"{requestName} is {request.Text}, which is more than {limitName}, {limit.Text}.");
        else
            reader.Refuse($"{limitName} is {limit.Text}, which is less than {requestName}, {request.Text}.");
        return (request.Text, limit.Text);

        (string Text, decimal Amount) Amount(string name, string fallback)
        {
            var text = reader.Text(name) ?? fallback;
            if (Quantity.TryParse(text, out var amount) && amount >= least)
                return (text, amount);
            reader.Refuse($"{name} must be an amount such as {example}.");
            return (text, -1);
        }
    }

    private static string? HostPath(EnvironmentReader reader)
    {
        if (reader.Text("AGENT_PLATFORM_HOST_PATH") is not { } path)
            return null;
        if (!path.StartsWith('/') || path.Split('/').Contains(".."))
            reader.Refuse("AGENT_PLATFORM_HOST_PATH must be an absolute path without .. in it.");
        return path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/";
    }

    private static IngressOptions Ingress(EnvironmentReader reader)
    {
        var host = reader.Text("INGRESS_HOST")?.ToLowerInvariant();
        if (host is not null && (!IsObjectName(host) || IPAddress.TryParse(host, out _)))
            reader.Refuse("INGRESS_HOST must be a host name such as agents.example.com, without a scheme, port or path.");

        var className = ObjectName(reader, "INGRESS_CLASS", "an IngressClass");
        return new IngressOptions
        {
            Host = host,
            ClassName = className,
            Annotations = Annotations(reader),
            TlsSecret = ObjectName(reader, "INGRESS_TLS_SECRET", "a secret"),
            Rewrite = (reader.Word("INGRESS_REWRITE", None, "nginx") ?? (className == "nginx" ? "nginx" : None)) == "nginx"
                ? IngressRewrite.Nginx
                : IngressRewrite.None,
        };
    }

    private static IReadOnlyDictionary<string, string> Annotations(EnvironmentReader reader)
    {
        const string Name = "INGRESS_ANNOTATIONS";
        if (reader.Text(Name) is not { } text)
            return new IngressOptions().Annotations;
        if ((text.StartsWith('{') ? FromJson(text) : FromPairs(reader.List(Name))) is not { } annotations)
        {
            reader.Refuse($"{Name} must be a JSON object of strings, or name=value pairs separated by commas.");
            return new IngressOptions().Annotations;
        }

        if (annotations.Keys.FirstOrDefault(key => !QualifiedName().IsMatch(key)) is { } bad)
            reader.Refuse($"{Name} has a name that Kubernetes doesn't allow: {bad}.");
        else if (annotations.Keys.FirstOrDefault(key => key.StartsWith("stackagent.io/", StringComparison.Ordinal)) is { } own)
            reader.Refuse($"{Name} can't set {own}, which StackAgent sets itself.");
        return annotations;
    }

    private static Dictionary<string, string>? FromJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var values = document.RootElement.EnumerateObject().ToList();
            return values.All(value => value.Value.ValueKind == JsonValueKind.String) && values.Select(value => value.Name).Distinct().Count() == values.Count
                ? values.ToDictionary(value => value.Name, value => value.Value.GetString()!, StringComparer.Ordinal)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Null when an entry isn't a pair, or a name is there twice.</summary>
    private static Dictionary<string, string>? FromPairs(IReadOnlyList<string> entries)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !pairs.TryAdd(entry[..equals].TrimEnd(), entry[(equals + 1)..].TrimStart()))
                return null;
        }

        return pairs;
    }

    private static StackLimits Limits(EnvironmentReader reader, string podsReach, List<string> warnings)
    {
        var defaults = new StackLimits();
        var security = reader.Word("STACK_POD_SECURITY", Privileged, Baseline, Restricted) ?? podsReach;
        if (podsReach == Privileged && security != Privileged)
        {
            warnings.Add(
                $"STACK_POD_SECURITY={security}: clusters that enforce it refuse agents' pods, whose code comes by a hostPath; only {Privileged} admits that, "
                + $"or {CodeDeliveryParser.Name}={CodeDeliveryParser.Http}.");
        }
        else if (podsReach == Baseline && security == Restricted)
        {
            warnings.Add($"STACK_POD_SECURITY={security}: clusters that enforce it refuse agents' pods, which keep to AGENT_POD_SECURITY={Baseline} only.");
        }

        return new StackLimits
        {
            Quota = Quota(reader, defaults.Quota),
            IsolateNetwork = reader.Flag("STACK_NETWORK_ISOLATION", defaults.IsolateNetwork),
            BlockedEgress = BlockedEgress(reader, defaults.BlockedEgress),
            PodSecurity = security,
        };
    }

    private static IReadOnlyDictionary<string, string> Quota(EnvironmentReader reader, IReadOnlyDictionary<string, string> fallback)
    {
        var entries = reader.List("STACK_QUOTA");
        if (entries.Count == 0)
            return fallback;
        if (entries is [None])
            return new Dictionary<string, string>(StringComparer.Ordinal);

        var quota = FromPairs(entries);
        if (quota?.All(pair => ResourceName().IsMatch(pair.Key) && Quantity.TryParse(pair.Value, out _)) != true)
            reader.Refuse("STACK_QUOTA must be none, or limits such as pods=100,requests.cpu=20,requests.memory=32Gi.");
        return quota ?? fallback;
    }

    private static IReadOnlyList<string> BlockedEgress(EnvironmentReader reader, IReadOnlyList<string> fallback)
    {
        var entries = reader.List("AGENT_BLOCKED_EGRESS");
        if (entries.Count == 0)
            return fallback;
        if (entries is [None])
            return [];

        var ranges = new List<string>();
        foreach (var entry in entries)
        {
            // Written out again, because Kubernetes wants no bits behind the prefix.
            if (IPNetwork.TryParse(entry, out var range))
            {
                ranges.Add(range.ToString());
                continue;
            }

            reader.Refuse("AGENT_BLOCKED_EGRESS must be none, or address ranges such as 169.254.0.0/16,10.0.0.0/8.");
            return fallback;
        }

        return ranges;
    }

    private static string? ObjectName(EnvironmentReader reader, string name, string what)
    {
        var text = reader.Text(name);
        if (text is not null && !IsObjectName(text))
            reader.Refuse($"{name} must be the name of {what}: lower-case letters, digits, dots and hyphens.");
        return text;
    }

    private static string? Matching(EnvironmentReader reader, string name, Regex pattern, string what)
    {
        var text = reader.Text(name);
        if (text is not null && !pattern.IsMatch(text))
            reader.Refuse($"{name} must be {what}.");
        return text;
    }

    private static bool IsObjectName(string text) => text.Length <= 253 && Subdomain().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Subdomain();

    /// <summary>An optional domain, and a name of at most 63 characters.</summary>
    [GeneratedRegex(@"\A([a-z0-9][-.a-z0-9]{0,251}[a-z0-9]/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_./]{0,300}[A-Za-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ResourceName();

    [GeneratedRegex(@"\A[A-Za-z0-9][-A-Za-z0-9_.:/@]{0,500}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Image();
}
