using System.Text.Json;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Applies changes of configuration to what holds, and checks what comes of it.</summary>
internal sealed class Reconfiguration(ISecretProtector protector)
{
    public static RevisionConfiguration None { get; } = new(AgentSettings.None, ProtectedSecrets: null);

    /// <summary>Whether the two say the same. Secrets that are the same are the same text, see <see cref="Apply"/>.</summary>
    public static bool AreSame(RevisionConfiguration left, RevisionConfiguration right) =>
        left.ProtectedSecrets == right.ProtectedSecrets && AreSame(left.Settings, right.Settings);

    /// <summary>Whether the two say the same, in whatever order.</summary>
    public static bool AreSame(AgentSettings left, AgentSettings right) => Write(left) == Write(right);

    /// <summary>
    /// The changed configuration. Throws <see cref="ValidationFailedException"/> with the paths of what isn't acceptable. What doesn't change
    /// stays the very same, encrypted secrets included.
    /// </summary>
    /// <param name="patch">What to change.</param>
    /// <param name="present">What holds.</param>
    /// <param name="code">What the code's own settings are.</param>
    /// <param name="prefix">What comes before each path, with its dot.</param>
    public RevisionConfiguration Apply(AgentConfigPatch patch, RevisionConfiguration present, AgentSettings code, string prefix = "")
    {
        var settings = patch.ApplyTo(present.Settings);
        AgentSettingsValidator.Require(settings, prefix);
        var effective = code.OverlaidBy(settings);
        AgentSettingsValidator.Require(effective, prefix);
        return new RevisionConfiguration(settings, ApplySecrets(patch, present, settings, effective, prefix));
    }

    private string? ApplySecrets(
        AgentConfigPatch patch, RevisionConfiguration present, AgentSettings settings, AgentSettings effective, string prefix)
    {
        var areReplaced = patch.Secrets is { IsPresent: true, Value: null };
        var known = areReplaced ? AgentSecrets.None : protector.ReadSecrets(present.ProtectedSecrets);
        if (known is null)
        {
            // Whoever doesn't touch them can change everything else; the deployment says what is wrong with them.
            return patch.Secrets.IsPresent
                ? throw new ConflictException(
                    "The stored secrets can't be read, so they can't be changed one by one: this server's SECRET_KEY has changed. Clear them with \"secrets\": null, then set them anew.")
                : present.ProtectedSecrets;
        }

        var secrets = patch.Secrets.IsPresent ? MergePatch.Apply(patch.Secrets.Value, known) ?? AgentSecrets.None : known;
        Require(secrets, settings, effective, prefix);
        return secrets.Count == known.Count && secrets.All(secret => known.TryGetValue(secret.Key, out var value) && value == secret.Value) && !areReplaced
            ? present.ProtectedSecrets
            : protector.ProtectSecrets(secrets);
    }

    private static void Require(IReadOnlyDictionary<string, string> secrets, AgentSettings settings, AgentSettings effective, string prefix)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (name, value) in secrets)
        {
            var problem = AgentSettingsValidator.VariableNameProblem(name)
                ?? AgentSettingsValidator.VariableValueProblem(value)
                ?? (settings.Environment?.ContainsKey(name) == true ? "This is the name of a variable too; it can be only one of the two. Set the other to null." : null);
            if (problem is not null)
                errors[$"{prefix}secrets.{Text.Truncate(name, AgentSettings.EnvironmentNameMaxLength)}"] = [problem];
        }

        var all = (effective.Environment ?? AgentSecrets.None).Where(variable => !secrets.ContainsKey(variable.Key)).Concat(secrets);
        if (errors.Count == 0 && AgentSettingsValidator.VariablesProblem(all) is { } whole)
            errors[$"{prefix}secrets"] = [whole];
        if (errors.Count > 0)
            throw new ValidationFailedException(errors);
    }

    private static string Write(AgentSettings settings) => JsonSerializer.Serialize(settings with
    {
        Environment = settings.Environment is { } environment
            ? new SortedDictionary<string, string>(environment.ToDictionary(variable => variable.Key, variable => variable.Value, StringComparer.Ordinal), StringComparer.Ordinal)
            : null,
    });
}
