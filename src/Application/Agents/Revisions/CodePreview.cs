using System.Text.Json.Serialization;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>What would come of an upload that is only tried out. Nothing of it was stored.</summary>
public sealed record CodePreview
{
    public required UploadedCode Code { get; init; }

    /// <summary>What would be started; null: there is nothing to start, and the findings say why.</summary>
    public required EntryPoint? EntryPoint { get; init; }

    /// <summary>What would hold for the agent.</summary>
    public required AgentConfigDto Config { get; init; }

    /// <summary>What is worth knowing before it is deployed, the worst first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>From the agent's present revision; absent for a new agent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RevisionDifference? Difference { get; init; }
}

/// <summary>What was uploaded.</summary>
/// <param name="Digest">SHA-256 of the ZIP, in hexadecimal.</param>
/// <param name="Size">Of the ZIP, in bytes.</param>
/// <param name="UnpackedSize">Of all its files together, in bytes.</param>
/// <param name="Files">How many files there are in it.</param>
public sealed record UploadedCode(string Digest, long Size, long UnpackedSize, int Files);

/// <summary>Puts together what can be said of code that isn't deployed.</summary>
internal sealed class CodePreviews(IncomingCode incoming, ISecretProtector protector)
{
    public CodePreview Make(IStagedCode staged, AgentSettings code, RevisionConfiguration configuration)
    {
        var deployment = incoming.Examine(staged, code.OverlaidBy(configuration.Settings));
        return new CodePreview
        {
            Code = new UploadedCode(staged.Facts.Digest, staged.Facts.PackedBytes, staged.Facts.UnpackedBytes, staged.Facts.Files),
            EntryPoint = deployment.EntryPoint,
            Config = ConfigFields.Describe(code, configuration.Settings, protector.ReadSecrets(configuration.ProtectedSecrets)),
            Findings = deployment.Findings,
        };
    }
}
