using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.WebApi.CodeDelivery;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Doctor;
using StackAgent.WebApi.Hosting;
using StackAgent.WebApi.OpenApi;

if (args is [PrintedDocument.Command, .. var options])
    return await PrintedDocument.RunAsync(options, Console.OpenStandardOutput(), Console.Error);

if (args is [CodeFetchRequest.Verb, .. var arguments])
    return await FetchCodeCommand.RunAsync(arguments);
if (args is [WaitCommand.Verb, var seconds])
    return await WaitCommand.RunAsync(seconds);
if (args is [HealthCommand.Verb])
    return await HealthCommand.RunAsync(ProcessEnvironment.Variables(), Console.Error);
if (args is [DoctorCommand.Verb, .. var asked])
    return await DoctorCommand.RunAsync(asked, Console.Out, Console.Error);

try
{
    var settings = ProcessEnvironment.ReadSettings();
    try
    {
        await using var app = StackAgentServer.Build(settings);
        await StartUp.RunAsync(app, settings);
        return 0;
    }
    finally
    {
        ProcessEnvironment.Clear(settings.Storage);
    }
}
catch (SettingsException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return StartUp.BadConfigurationExitCode;
}
