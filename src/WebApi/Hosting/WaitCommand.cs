using System.Globalization;

namespace StackAgent.WebApi.Hosting;

/// <summary><c>wait SECONDS</c>: for a pod's <c>preStop</c> hook, as the image holds nothing else that could sleep.</summary>
internal static class WaitCommand
{
    public const string Verb = "wait";

    private const int UsageExitCode = 64;
    private const int MaxSeconds = 600;

    public static async Task<int> RunAsync(string seconds)
    {
        if (!int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > MaxSeconds)
        {
            await Console.Error.WriteLineAsync($"usage: {Verb} SECONDS, at most {MaxSeconds}");
            return UsageExitCode;
        }

        await Task.Delay(TimeSpan.FromSeconds(number));
        return 0;
    }
}
