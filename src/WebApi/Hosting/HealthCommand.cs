using System.Text.Json;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>
/// <c>health</c>: asks the server that runs with the same variables whether it is ready, for a container's health check, as the image holds nothing else
/// that could ask. Exit code 0 when it is, else 1 and why on the error stream.
/// </summary>
internal static class HealthCommand
{
    public const string Verb = "health";

    private const int UnhealthyExitCode = 1;
    private const int MaxAnswerBytes = 64 << 10;

    // Longer than the server itself waits for its parts.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);

    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> environment, TextWriter errors)
    {
        try
        {
            var address = AddressOf(SettingsParser.ParseServer(environment));
            using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
            using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
            using var answer = await http.GetAsync(address);
            if (answer.IsSuccessStatusCode)
                return 0;

            await errors.WriteLineAsync(await ExplainAsync(answer));
        }
        catch (SettingsException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return StartUp.BadConfigurationExitCode;
        }
        catch (HttpRequestException exception)
        {
            await errors.WriteLineAsync($"The server doesn't answer: {exception.Message}");
        }
        catch (TaskCanceledException)
        {
            await errors.WriteLineAsync($"The server didn't answer within {Patience.TotalSeconds} seconds.");
        }

        return UnhealthyExitCode;
    }

    /// <summary>Where the server can be asked from its own machine.</summary>
    /// <exception cref="SettingsException">Nobody but the server knows its port.</exception>
    internal static Uri AddressOf(ServerSettings server)
    {
        if (server.Port == 0)
            throw new SettingsException("PORT is 0, any free one, so that nobody can tell where to ask.");

        var host = server.Host == "*" ? "127.0.0.1" : server.Host;
        return new UriBuilder(Uri.UriSchemeHttp, host, server.Port, "/health/ready").Uri;
    }

    private static async Task<string> ExplainAsync(HttpResponseMessage answer)
    {
        try
        {
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String)
                return detail.GetString() ?? "";
        }
        catch (JsonException)
        {
            // Something else than this server answers there.
        }

        return $"The server answers with {(int)answer.StatusCode}.";
    }
}
