using StackAgent.Infrastructure.Checkups;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Doctor;

/// <summary>What is allowed in the configuration, and yet worth knowing: its warnings, and what <c>SECRET_KEY</c> is worth.</summary>
/// <param name="settings">Without a fault, or they wouldn't be there.</param>
/// <param name="missingSecret">Where the server will keep the secret that it makes; null: it has one.</param>
internal sealed class ConfigurationCheckup(Settings settings, string? missingSecret) : ICheckup
{
    public const string What = "configuration";

    private const string SecretKey = "SECRET_KEY";

    public string Area => What;

    public Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        findings.Ok(What, $"ENVIRONMENT={(settings.IsProduction ? "production" : "development")}, nothing wrong with any value");
        foreach (var warning in settings.Warnings)
            findings.Warn(What, warning, "See docs/configuration.md.");

        ExamineSecret(findings);
        return Task.CompletedTask;
    }

    private void ExamineSecret(Findings findings)
    {
        const string Advice = "Make a random one (openssl rand -base64 48), and change to it as docs/operations.md says.";
        if (settings.Database is MemoryDatabaseSettings)
            findings.Ok(SecretKey, "nothing is kept, so it needn't be kept either");
        else if (missingSecret is not null)
            findings.Ok(SecretKey, $"not set; the server makes one at its first start and keeps it in {missingSecret}");
        else if (SecretStrength.FindWeakness(settings.Tokens.Secret) is not { } weakness)
            findings.Ok(SecretKey, $"{settings.Tokens.Secret.Length} characters");
        else if (settings.IsProduction)
            findings.Fault(SecretKey, $"it {weakness}: whoever guesses it can be anybody", Advice);
        else
            findings.Warn(SecretKey, $"it {weakness}: whoever guesses it can be anybody", Advice);

        if (settings.Tokens.PreviousSecrets.Contains(settings.Tokens.Secret, StringComparer.Ordinal))
            findings.Warn("SECRET_KEY_PREVIOUS", "it holds the present SECRET_KEY", "Put the one before there.");
        else if (settings.Tokens.PreviousSecrets.Count > 0)
            findings.Warn("SECRET_KEY_PREVIOUS", "what a former secret signed and locked is still accepted", "Remove it when the change of SECRET_KEY is done, see docs/operations.md.");
    }
}
