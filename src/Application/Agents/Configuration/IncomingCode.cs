using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Configuration;

/// <summary>What uploaded code says about itself, and what is to be said about it.</summary>
internal sealed class IncomingCode(IAgentFileReader reader, IDeploymentPreview runtime)
{
    /// <summary>The largest <c>agent.yaml</c>.</summary>
    public const int MaxFileBytes = 64 * 1024;

    private static readonly string[] FileNames = ["agent.yaml", "agent.yml"];

    private static readonly (string Path, string Sentence)[] Unwelcome =
    [
        (".env", "The code holds a .env file. If there are secrets in it, set them through the API instead, which stores them encrypted, and leave the file out."),
        (".git/HEAD", "The code holds its .git folder, with everything that was ever committed. Leave it out: it is of no use here."),
        ("node_modules/.package-lock.json", "The code holds its node_modules folder. That works only if it was made on a machine like the one it runs on."),
        ("venv/pyvenv.cfg", "The code holds a Python environment, which works only where it was made. Leave it out."),
        (".venv/pyvenv.cfg", "The code holds a Python environment, which works only where it was made. Leave it out."),
    ];

    /// <summary>
    /// What its <c>agent.yaml</c> (or <c>.yml</c>) says; nothing when there is none. Throws <see cref="ValidationFailedException"/> with the paths of what
    /// isn't acceptable, the file's name in front.
    /// </summary>
    public async Task<AgentSettings> ReadSettingsAsync(IStagedCode staged, CancellationToken cancellationToken)
    {
        if (FileOf(staged) is not { } name)
            return AgentSettings.None;

        var content = await staged.ReadFileAsync(name, MaxFileBytes, cancellationToken)
            ?? throw new ValidationFailedException(name, $"This file can have at most {MaxFileBytes / 1024} KiB.");
        var settings = reader.Read(content, name);
        AgentSettingsValidator.Require(settings, $"{name}.");
        return settings;
    }

    /// <summary>What the server would make of it.</summary>
    /// <param name="staged">The code.</param>
    /// <param name="effective">What would hold for its agent.</param>
    public DeploymentPreview Examine(IStagedCode staged, AgentSettings effective)
    {
        var preview = runtime.Preview(staged.CodePath, effective);
        var findings = new List<Finding>(preview.Findings);
        if (FileOf(staged) is { } name)
            findings.Add(new Finding(FindingLevel.Info, "The settings in this file were read.", name));
        findings.AddRange(Unwelcome.Where(file => staged.HasFile(file.Path)).Select(file => new Finding(FindingLevel.Warning, file.Sentence, file.Path)));
        return preview with { Findings = [.. findings.OrderByDescending(finding => finding.Level)] };
    }

    private static string? FileOf(IStagedCode staged) => FileNames.Where(staged.HasFile).ToList() switch
    {
        [] => null,
        [var name] => name,
        _ => throw new ValidationFailedException("agent.yaml", "The code holds both agent.yaml and agent.yml. Keep one of them."),
    };
}
