using Microsoft.Extensions.Logging.Console;

namespace StackAgent.WebApi.Hosting;

internal static class LoggingSetup
{
    /// <summary>Lines for people in development, JSON for collectors in production; both on standard output.</summary>
    public static void AddConsoleLogging(this WebApplicationBuilder builder, bool isProduction)
    {
        // Below the environment, so that Logging__LogLevel__<category> overrides them.
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft"] = "Warning",
            ["Logging:LogLevel:System"] = "Warning",
            ["Logging:LogLevel:Yarp"] = "Warning",
            ["Logging:LogLevel:ModelContextProtocol"] = "Warning",
            // A start that fails is explained once, in a sentence, and not here with a stack trace as well.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        });
        builder.Configuration.AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));

        if (isProduction)
        {
            builder.Logging.AddConsole(options => options.FormatterName = JsonLogFormatter.FormatterName).AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
        }
        else
        {
            builder.Logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "HH:mm:ss ";
            });
        }
    }
}
