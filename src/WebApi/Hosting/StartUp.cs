using System.Data.Common;
using Microsoft.AspNetCore.Connections;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

internal static class StartUp
{
    /// <summary><c>EX_CONFIG</c> of sysexits.h: starting again without a change is useless.</summary>
    public const int BadConfigurationExitCode = 78;

    /// <summary>Runs the server until it is told to stop.</summary>
    /// <exception cref="SettingsException">It couldn't start for a reason that a person can mend: the port is taken, the database doesn't answer, a folder is another user's.</exception>
    public static async Task RunAsync(WebApplication app, Settings settings)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (Explain(exception, settings) is { } sentence)
        {
            throw new SettingsException(sentence);
        }

        await app.WaitForShutdownAsync();
    }

    private static string? Explain(Exception exception, Settings settings)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressInUseException:
                    return $"PORT {settings.Server.Port} on {settings.Server.Host} is taken by another program; set PORT to a free one.";
                case System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.AddressNotAvailable }:
                    return $"HOST {settings.Server.Host} isn't an address of this machine.";
                case System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.AccessDenied }:
                    return $"PORT {settings.Server.Port} needs rights that this user doesn't have; set PORT to one above 1023.";
                case DbException:
                    return $"The database ({settings.Database.Description}) can't be used: {cause.Message}";
            }
        }

        return exception is IOException or UnauthorizedAccessException ? $"A file or folder that the server needs can't be used: {exception.Message}" : null;
    }
}
