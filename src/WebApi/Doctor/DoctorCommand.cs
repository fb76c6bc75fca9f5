using StackAgent.Infrastructure.Checkups;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.Doctor;

/// <summary>
/// <c>doctor [--json]</c>: reads the configuration as the server does, looks at everything that the server needs, and says what is wrong and what to do. Starts no server
/// and changes nothing. Ends with 0, with 1 when there is a fault, with 78 when the configuration itself is bad.
/// </summary>
internal static class DoctorCommand
{
    public const string Verb = "doctor";

    private const string JsonOption = "--json";
    private const int FaultExitCode = 1;
    private const int UsageExitCode = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Looks at this process's environment and machine.</summary>
    public static async Task<int> RunAsync(string[] options, TextWriter output, TextWriter errors)
    {
        if (options is not ([] or [JsonOption]))
        {
            await errors.WriteLineAsync($"usage: {Verb} [{JsonOption}]");
            return UsageExitCode;
        }

        var findings = new List<Finding>();
        var isJson = options.Length > 0;
        var isConfigured = await ExamineAsync(ProcessEnvironment.Variables(), Environment.CurrentDirectory, async finding =>
        {
            findings.Add(finding);
            if (!isJson)
                await output.WriteLineAsync(DoctorReport.Text(finding));
        });
        await output.WriteLineAsync(isJson ? DoctorReport.Json(findings) : Environment.NewLine + DoctorReport.Summary(findings, isConfigured));
        return !isConfigured ? StartUp.BadConfigurationExitCode : findings.Exists(finding => finding.Grade == Grade.Fault) ? FaultExitCode : 0;
    }

    /// <summary>Looks at everything; false when the configuration is so bad that nothing else can be looked at.</summary>
    /// <param name="environment">Variable → value.</param>
    /// <param name="workingDirectory">Absolute; what relative paths are relative to.</param>
    /// <param name="report">Gets each finding as soon as its part is done.</param>
    public static async Task<bool> ExamineAsync(IReadOnlyDictionary<string, string?> environment, string workingDirectory, Func<Finding, Task> report)
    {
        var machine = new UntouchedMachine(new Machine());
        Settings settings;
        try
        {
            settings = SettingsParser.Parse(environment, workingDirectory, machine);
        }
        catch (SettingsException exception)
        {
            foreach (var sentence in exception.Sentences)
                await report(new Finding(Grade.Fault, ConfigurationCheckup.What, sentence, "Correct it: the server doesn't start like this. docs/configuration.md describes every variable."));
            return false;
        }

        foreach (var checkup in CheckupsOf(settings, machine.MissingSecret, environment))
        {
            foreach (var finding in await ExamineAsync(checkup))
                await report(finding);
        }

        return true;
    }

    private static IEnumerable<ICheckup> CheckupsOf(Settings settings, string? missingSecret, IReadOnlyDictionary<string, string?> environment)
    {
        var accounts = Modules.Accounts(settings.Tokens);
        yield return new ConfigurationCheckup(settings, missingSecret);
        if (settings.Database is not MemoryDatabaseSettings)
            yield return InfrastructureCheckups.Database(Modules.Database(settings), accounts, TimeProvider.System);
        yield return InfrastructureCheckups.CodeStorage(Modules.CodeStorage(settings));
        if (settings.Runtime.Kubernetes is { } kubernetes)
        {
            var isShared = settings.Database is PostgreSqlDatabaseSettings;
            yield return InfrastructureCheckups.Cluster(kubernetes.Connection, kubernetes.Options, isShared ? settings.Leadership : null, TimeProvider.System);
        }
        else
        {
            yield return InfrastructureCheckups.LocalRuntime(environment.GetValueOrDefault("PATH"));
        }

        yield return new AddressCheckup(settings, new InstallationProof(accounts));
        if (settings.Notifications.WebhookUrl is { } webhook)
            yield return new ReceiverCheckup("NOTIFICATION_WEBHOOK_URL", webhook, "what is sent there is tried again for a day");
        if (settings.Telemetry is { } telemetry)
            yield return new ReceiverCheckup("OTEL_EXPORTER_OTLP_ENDPOINT", telemetry.Endpoint, "without the collector nothing is measured");
    }

    /// <summary>What a part shows until it is done, or until nobody wants to wait for it any longer.</summary>
    private static async Task<IReadOnlyList<Finding>> ExamineAsync(ICheckup checkup)
    {
        var findings = new Findings();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await checkup.ExamineAsync(findings, patience.Token).WaitAsync(patience.Token);
            return findings.All;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // It may still be at work on the list.
            return [new Finding(Grade.Fault, checkup.Area, $"no end of the look at it within {Patience.TotalSeconds} seconds", "Find out what hangs: a disk, a network, a server.")];
        }
        catch (Exception exception)
        {
            return
            [
                .. findings.All,
                new Finding(Grade.Fault, checkup.Area, $"looking at it failed: {exception.GetType().Name}: {exception.Message}", "Mend what the message says, and look again."),
            ];
        }
    }
}
