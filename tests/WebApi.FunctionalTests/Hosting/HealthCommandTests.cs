using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Testing;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

[TestFixture]
internal sealed class HealthCommandTests
{
    [Test]
    public async Task Health_WhenTheServerIsReady_EndsWell()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.That(await AskAsync(server.Address.Port), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task Health_WhenAPartDoesNotWork_SaysWhich()
    {
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<IReadinessCheck, Broken>());

        var (code, errors) = await AskAsync(server.Address.Port);

        Assert.That((code, errors), Is.EqualTo((1, "lamp: It is dark.")));
    }

    [Test]
    public async Task Health_WhenNobodyListens_SaysSo()
    {
        var (code, errors) = await AskAsync(ServerProcess.FreePort());

        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith("The server doesn't answer: "));
    }

    [TestCase("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnope")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")]
    public async Task Health_WhenSomethingElseAnswers_IsNotWell(string answer)
    {
        await using var other = new CannedAnswer(answer);

        var (code, errors) = await AskAsync(other.Port);

        Assert.That((code, errors), Is.EqualTo((1, $"The server answers with {answer.Split(' ')[1]}.")));
    }

    [TestCase("0", "PORT is 0")]
    [TestCase("http", "PORT must be")]
    public async Task Health_WhenThePortIsUnknown_IsAMistakeOfTheConfiguration(string port, string sentence)
    {
        using var errors = new StringWriter();

        var code = await HealthCommand.RunAsync(new Dictionary<string, string?> { ["PORT"] = port }, errors);

        Assert.That(code, Is.EqualTo(78));
        Assert.That(errors.ToString(), Does.StartWith(sentence));
    }

    [TestCase("", "http://127.0.0.1:8000/health/ready")]
    [TestCase("ENVIRONMENT=production", "http://127.0.0.1:8000/health/ready")]
    [TestCase("HOST=::;PORT=9000", "http://127.0.0.1:9000/health/ready")]
    [TestCase("HOST=localhost", "http://localhost:8000/health/ready")]
    [TestCase("HOST=10.1.2.3", "http://10.1.2.3:8000/health/ready")]
    [TestCase("HOST=fe80::1", "http://[fe80::1]:8000/health/ready")]
    [TestCase("PUBLIC_URL=https://agents.example.com", "http://127.0.0.1:8000/health/ready")]
    public void Address_WhenTheServerListensSomewhere_IsThere(string environment, string address)
    {
        var variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[1]);

        Assert.That(HealthCommand.AddressOf(SettingsParser.ParseServer(variables)), Is.EqualTo(new Uri(address)));
    }

    private static async Task<(int Code, string Errors)> AskAsync(int port)
    {
        using var errors = new StringWriter();
        var code = await HealthCommand.RunAsync(new Dictionary<string, string?> { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) }, errors);
        return (code, errors.ToString().TrimEnd());
    }

    private sealed class Broken : IReadinessCheck
    {
        public string Name => "lamp";

        public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<string?>("It is dark.");
    }
}
