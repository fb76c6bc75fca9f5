using Microsoft.OpenApi;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.OpenApi;

/// <summary>
/// The mode of the program that prints the OpenAPI document and ends: <c>StackAgent.WebApi openapi [--version 3.0]</c>. Nothing is started, neither the
/// environment nor a database has a say, so it prints the same everywhere.
/// </summary>
internal static class PrintedDocument
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Command = "openapi";

    /// <summary><c>EX_USAGE</c> of sysexits.h.</summary>
    private const int BadUsageExitCode = 64;

    private static readonly Dictionary<string, string?> Neutral = new(StringComparer.Ordinal)
    {
        ["STORAGE"] = "memory",
        ["AGENT_RUNTIME"] = "local",
        ["PORT"] = "0",
    };

    /// <summary>Prints the document as the arguments after the command say; returns the process's exit code.</summary>
    public static async Task<int> RunAsync(string[] options, Stream output, TextWriter errors)
    {
        if (VersionOf(options) is not { } version)
        {
            await errors.WriteLineAsync($"Usage: {Command} [--version 3.0|3.1]");
            return BadUsageExitCode;
        }

        var settings = SettingsParser.Parse(Neutral, Path.GetTempPath(), new Machine());
        try
        {
            await using var app = StackAgentServer.Build(settings, services => services.AddLogging(logging => logging.ClearProviders()));
            await output.WriteAsync(await OpenApiDocumentCache.MakeAsync(app.Services.GetRequiredService<IServiceScopeFactory>(), version));
            return 0;
        }
        finally
        {
            ProcessEnvironment.Clear(settings.Storage);
        }
    }

    private static OpenApiSpecVersion? VersionOf(string[] options) => options switch
    {
        [] or ["--version", "3.1"] => OpenApiSpecVersion.OpenApi3_1,
        ["--version", "3.0"] => OpenApiSpecVersion.OpenApi3_0,
        _ => null,
    };
}
