using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

[TestFixture]
internal sealed class ShutdownDelayTests
{
    [Test]
    public async Task Stop_WhenADelayIsSet_AnswersMeanwhileButIsNotReady()
    {
        await using var server = await RunningServer.StartAsync(environment: ("SHUTDOWN_DELAY_SECONDS", "300"));
        using var impatience = new CancellationTokenSource();

        var stopping = server.StopAsync(impatience.Token);
        var (status, problem) = await Eventually.GetAsync(
            async () =>
            {
                using var response = await server.Client.GetAsync("/health/ready");
                return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
            },
            answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable,
            "the server to say that it isn't ready");
        using var live = await server.Client.GetAsync("/health/live");

        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(problem.GetProperty("errors").GetProperty("server")[0].GetString(), Is.EqualTo("The server is shutting down."));
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(stopping.IsCompleted, Is.False);
        });

        await impatience.CancelAsync();
        await ((Task)stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
