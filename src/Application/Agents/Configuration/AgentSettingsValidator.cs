using System.Text;
using System.Text.RegularExpressions;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using Text = StackAgent.Domain.Common.Text;

namespace StackAgent.Application.Agents.Configuration;

/// <summary>
/// What settings may say, wherever they come from: the code's <c>agent.yaml</c> or the API. Check what was said, for paths that lead to it, and then what
/// comes of it (<see cref="AgentSettings.OverlaidBy"/>): a request of the one may be more than a limit of the other.
/// </summary>
public static partial class AgentSettingsValidator
{
    /// <summary>Names that begin so are the server's.</summary>
    public const string ReservedPrefix = "STACKAGENT_";

    public const string VariableNamePattern = "^[A-Za-z_][A-Za-z0-9_]*$";

    private const decimal MinCpu = 0.001m;
    private const decimal MaxCpu = 1_000;
    private const decimal MinMemory = 1L << 20;
    private const decimal MaxMemory = 16L << 40;

    /// <summary>What is wrong, by the field's path on the wire (<c>resources.limits.memory</c>, <c>args[2]</c>); empty when nothing is.</summary>
    /// <param name="settings">To be checked.</param>
    /// <param name="prefix">What comes before each path, with its dot: <c>config.</c>.</param>
    public static IReadOnlyDictionary<string, string[]> Check(AgentSettings settings, string prefix = "")
    {
        var found = new Findings(prefix);
        CheckEnvironment(settings.Environment, found);
        if (settings.Image is { } image)
            found.Add("image", ImageProblem(image));
        if (settings.Command is { Count: 0 })
            found.Add("command", "A command is at least the name of a program. Leave the field out to run what the image or the code suggests.");
        CheckArguments(settings.Command, "command", found);
        CheckArguments(settings.Args, "args", found);
        CheckRange(settings.Port, AgentSettingsRanges.Port, "port", found);
        CheckRange(settings.Replicas, AgentSettingsRanges.Replicas, "replicas", found);
        CheckResources(settings.Resources, found);
        CheckHealth(settings.Health, found);
        return found.All;
    }

    /// <summary>Throws <see cref="ValidationFailedException"/> with what <see cref="Check"/> finds.</summary>
    public static void Require(AgentSettings settings, string prefix = "")
    {
        var errors = Check(settings, prefix);
        if (errors.Count > 0)
            throw new ValidationFailedException(errors);
    }

    /// <summary>What is wrong with the name of a variable or a secret; null when nothing is.</summary>
    public static string? VariableNameProblem(string name) =>
        name.Length > AgentSettings.EnvironmentNameMaxLength ? $"A variable's name can have at most {AgentSettings.EnvironmentNameMaxLength} characters."
        : !VariableName().IsMatch(name) ? "A variable's name consists of letters (A-Z, a-z), digits and _, and doesn't begin with a digit."
        : name == "PORT" ? "PORT is set by the server. To have a container listen elsewhere, set \"port\"."
        : name.StartsWith(ReservedPrefix, StringComparison.Ordinal) ? $"Names that begin with {ReservedPrefix} are reserved for the server."
        : null;

    /// <summary>What is wrong with the value of a variable or a secret; null when nothing is.</summary>
    public static string? VariableValueProblem(string? value) =>
        value is null ? "A variable's value has to be a text; an empty one is fine."
        : Text.Length(value) > AgentSettings.EnvironmentValueMaxLength ? $"A value can have at most {AgentSettings.EnvironmentValueMaxLength:N0} characters."
        : !Text.IsStorable(value) ? "This value holds a NUL character or broken Unicode."
        : null;

    /// <summary>What is wrong with variables and secrets as a whole; null when nothing is.</summary>
    public static string? VariablesProblem(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var (count, bytes) = (0, 0L);
        foreach (var (name, value) in variables)
        {
            count++;
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value ?? "");
        }

        return count > AgentSettings.EnvironmentMaxCount ? $"There can be at most {AgentSettings.EnvironmentMaxCount} variables."
            : bytes > AgentSettings.EnvironmentMaxBytes
                ? $"All names and values together can have at most {AgentSettings.EnvironmentMaxBytes / 1024} KiB. Put larger things into the code, or have the agent fetch them."
            : null;
    }

    private static void CheckEnvironment(IReadOnlyDictionary<string, string>? environment, Findings found)
    {
        if (environment is null)
            return;

        foreach (var (name, value) in environment)
        {
            var path = $"environment.{Text.Truncate(name, AgentSettings.EnvironmentNameMaxLength)}";
            found.Add(path, VariableNameProblem(name));
            found.Add(path, VariableValueProblem(value));
        }

        found.Add("environment", VariablesProblem(environment));
    }

    private static string? ImageProblem(string image) =>
        image.Length > AgentSettings.ImageMaxLength ? $"An image's name can have at most {AgentSettings.ImageMaxLength} characters."
        : !ImageReference().IsMatch(image) ? "This isn't an image's name, such as registry.example.com/agents/runtime:1.0 or python@sha256:…."
        : null;

    private static void CheckArguments(IReadOnlyList<string>? arguments, string field, Findings found)
    {
        if (arguments is null)
            return;

        if (arguments.Count > AgentSettings.ArgumentsMaxCount)
            found.Add(field, $"There can be at most {AgentSettings.ArgumentsMaxCount} of these.");
        for (var i = 0; i < Math.Min(arguments.Count, AgentSettings.ArgumentsMaxCount); i++)
        {
            found.Add($"{field}[{i}]", arguments[i] switch
            {
                null or "" => "This has to be a text that isn't empty.",
                var argument when Text.Length(argument) > AgentSettings.ArgumentMaxLength => $"This can have at most {AgentSettings.ArgumentMaxLength:N0} characters.",
                var argument when !Text.IsStorable(argument) => "This holds a NUL character or broken Unicode.",
                _ => null,
            });
        }
    }

    private static void CheckResources(ResourceSettings? resources, Findings found)
    {
        CheckAmount(
            resources?.Requests?.Cpu, resources?.Limits?.Cpu, "cpu", MinCpu, MaxCpu, "This has to be processors from 1m (a thousandth of one) to 1000, such as 250m or 1.5.", found);
        CheckAmount(
            resources?.Requests?.Memory, resources?.Limits?.Memory, "memory", MinMemory, MaxMemory, "This has to be memory from 1Mi to 16Ti, such as 256Mi or 1Gi.", found);
    }

    private static void CheckAmount(string? request, string? limit, string name, decimal min, decimal max, string sentence, Findings found)
    {
        var requested = Amount(request, "requests");
        var allowed = Amount(limit, "limits");
        if (requested > allowed)
            found.Add($"resources.requests.{name}", $"The request, {request}, is more than the limit, {limit}.");

        decimal? Amount(string? text, string group)
        {
            if (text is null)
                return null;
            if (text.Length <= ResourceAmounts.QuantityMaxLength && Quantity.TryParse(text, out var amount) && amount >= min && amount <= max)
                return amount;
            found.Add($"resources.{group}.{name}", sentence);
            return null;
        }
    }

    private static void CheckHealth(HealthSettings? health, Findings found)
    {
        if (health is null)
            return;

        if (health.Path is { } path && (path.Length > AgentSettings.PathMaxLength || !HealthPath().IsMatch(path)))
        {
            found.Add(
                "health.path",
                $"This has to be a path such as /health: it begins with one /, has at most {AgentSettings.PathMaxLength:N0} characters, and everything beyond plain ASCII is percent-encoded.");
        }

        CheckRange(health.InitialDelaySeconds, AgentSettingsRanges.InitialDelaySeconds, "health.initial_delay_seconds", found);
        CheckRange(health.PeriodSeconds, AgentSettingsRanges.PeriodSeconds, "health.period_seconds", found);
        CheckRange(health.TimeoutSeconds, AgentSettingsRanges.TimeoutSeconds, "health.timeout_seconds", found);
        CheckRange(health.FailureThreshold, AgentSettingsRanges.FailureThreshold, "health.failure_threshold", found);
        CheckRange(health.StartupSeconds, AgentSettingsRanges.StartupSeconds, "health.startup_seconds", found);
        if (health.InitialDelaySeconds >= health.StartupSeconds)
        {
            found.Add(
                "health.initial_delay_seconds",
                $"With a first look after {health.InitialDelaySeconds} s the agent can't be ready within {health.StartupSeconds} s (startup_seconds).");
        }
    }

    private static void CheckRange(int? value, SettingRange range, string path, Findings found)
    {
        if (value < range.Min || value > range.Max)
            found.Add(path, $"This has to be a whole number from {range.Min} to {range.Max}.");
    }

    /// <summary>Collects sentences by path.</summary>
    private sealed class Findings(string prefix)
    {
        // Whoever sends a million bad fields gets to know of the first ones.
        private const int MaxPaths = 100;

        private readonly Dictionary<string, string[]> _all = new(StringComparer.Ordinal);

        public IReadOnlyDictionary<string, string[]> All => _all;

        public void Add(string path, string? sentence)
        {
            path = prefix + path;
            if (sentence is not null && (_all.ContainsKey(path) || _all.Count < MaxPaths))
                _all[path] = [.. _all.GetValueOrDefault(path, []), sentence];
        }
    }

    [GeneratedRegex(VariableNamePattern + @"(?!\n)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VariableName();

    /// <summary><c>[registry[:port]/]name[/name…][:tag][@digest]</c>, as container runtimes read it.</summary>
    [GeneratedRegex(
        @"\A((localhost|[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)+|[A-Za-z0-9][A-Za-z0-9-]*(?=:)|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/)?"
        + @"[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*"
        + @"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*([+._-][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,128})?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ImageReference();

    /// <summary>Two slashes at the beginning, or a backslash, would be read as another host's name by some.</summary>
    [GeneratedRegex(@"\A/(?!/)[!-~-[#\\]]*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex HealthPath();
}

/// <summary>Both ends are allowed.</summary>
public readonly record struct SettingRange(int Min, int Max);

/// <summary>Which numbers settings may hold.</summary>
public static class AgentSettingsRanges
{
    public static readonly SettingRange Port = new(1, 65_535);
    public static readonly SettingRange Replicas = new(1, AgentSettings.ReplicasMax);
    public static readonly SettingRange InitialDelaySeconds = new(0, 600);
    public static readonly SettingRange PeriodSeconds = new(1, 300);
    public static readonly SettingRange TimeoutSeconds = new(1, 60);
    public static readonly SettingRange FailureThreshold = new(1, 100);
    public static readonly SettingRange StartupSeconds = new(1, 3_600);
}
