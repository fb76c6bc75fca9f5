using StackAgent.Infrastructure.CodeStorage.Fetching;

namespace StackAgent.WebApi.CodeDelivery;

/// <summary><c>fetch-code</c>: what an agent's pod runs before the agent. Starts no server, and reads no configuration but its arguments.</summary>
internal static class FetchCodeCommand
{
    private const int UsageExitCode = 64;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (CodeFetchRequest.TryParse(arguments) is not { } request)
        {
            await Console.Error.WriteLineAsync(CodeFetchRequest.Usage);
            return UsageExitCode;
        }

        // No redirects: the token is for this server alone.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        return await new CodeFetch(http, new CodeFetchPace(), TimeProvider.System, Console.Error).RunAsync(request, CancellationToken.None);
    }
}
