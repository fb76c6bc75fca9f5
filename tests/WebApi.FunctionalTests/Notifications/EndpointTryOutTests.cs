using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

/// <summary>Sending a test: what is handed to the sender, and what becomes of its answer.</summary>
internal sealed class EndpointTryOutTests
{
    private const string Endpoints = "/api/notifications/endpoints";

    private readonly List<NotificationMessage> _sent = [];
    private SendResult _result = new(204, TimeSpan.FromMilliseconds(12.7), null, null, null);
    private ProductServer _server = null!;
    private Caller _owner = null!;
    private Guid _id;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var sender = Substitute.For<INotificationSender>();
        sender.SendAsync(Arg.Do<NotificationMessage>(_sent.Add), Arg.Any<CancellationToken>()).Returns(_ => Task.FromResult(_result));
        _server = await ProductServer.StartAsync(DatabaseProvider.Sqlite, services => services.AddSingleton(sender));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SetUpAsync()
    {
        _owner = await _server.NewCallerAsync();
        _id = (await _owner.PostAsync(Endpoints, new { url = "https://example.com/hook?x=1", description = "On call" })).Body.GetProperty("id").GetGuid();
        _sent.Clear();
    }

    [TearDown]
    public void TearDown() => _owner.Dispose();

    [Test]
    public async Task Test_WhenItArrives_SaysSoAndIsInTheLog()
    {
        _result = new SendResult(204, TimeSpan.FromMilliseconds(12.7), null, null, null);
        var reply = await TestAsync();
        var delivery = await _owner.GetAsync($"/api/notifications/deliveries/{reply.Text("delivery_id")}");
        var message = _sent.Single();

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
            Assert.That((reply.Body.GetProperty("delivered").GetBoolean(), reply.Body.GetProperty("status_code").GetInt32()), Is.EqualTo((true, 204)));
            Assert.That(reply.Body.GetProperty("duration_ms").GetInt64(), Is.EqualTo(12));
            Assert.That((message.Url.AbsoluteUri, message.Type, message.Format), Is.EqualTo(("https://example.com/hook?x=1", "endpoint.test", NotificationFormat.Standard)));
            Assert.That((message.Secrets.Count, message.IsKubeAgents, message.Timeout), Is.EqualTo((1, false, TimeSpan.FromSeconds(15))));
            Assert.That(message.Data, Does.Contain("\"host\":\"example.com\"").And.Contain("On call"));
            Assert.That((delivery.Text("type"), delivery.Text("state"), delivery.Text("webhook_id")), Is.EqualTo(("endpoint.test", "delivered", message.WebhookId)));
            Assert.That(delivery.Body.GetProperty("attempt_log").GetArrayLength(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Test_WhenItIsRefused_SaysWhatCameBackAndDisablesNothing()
    {
        _result = new SendResult(410, TimeSpan.FromMilliseconds(5), "gone", "It answered 410.", null);
        var reply = await TestAsync();
        var delivery = await _owner.GetAsync($"/api/notifications/deliveries/{reply.Text("delivery_id")}");

        Assert.Multiple(async () =>
        {
            Assert.That(reply.Body.GetProperty("delivered").GetBoolean(), Is.False);
            Assert.That((reply.Text("error"), reply.Text("answer")), Is.EqualTo(("It answered 410.", "gone")));
            Assert.That((delivery.Text("state"), delivery.Text("last_error")), Is.EqualTo(("failed", "It answered 410.")));
            Assert.That((await _owner.GetAsync($"{Endpoints}/{_id}")).Body.GetProperty("enabled").GetBoolean(), Is.True);
        });
    }

    [Test]
    public async Task Test_WhenTheSecretIsBeingRotated_IsSignedWithBoth()
    {
        await _owner.SendAsync(HttpMethod.Post, $"{Endpoints}/{_id}/rotate-secret");
        await TestAsync();

        Assert.That(_sent.Single().Secrets, Has.Count.EqualTo(2).And.Unique);
    }

    [Test]
    public async Task Test_WhenCalledMoreThanTenTimesAMinute_HasToWait()
    {
        for (var i = 0; i < 10; i++)
            Assert.That((await TestAsync()).Status, Is.EqualTo(HttpStatusCode.OK));
        var eleventh = await TestAsync();

        Assert.That(eleventh.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(eleventh.Headers.RetryAfter, Is.Not.Null);
        Assert.That(_sent, Has.Count.EqualTo(10));
    }

    private Task<Accounts.Reply> TestAsync() => _owner.SendAsync(HttpMethod.Post, $"{Endpoints}/{_id}/test");
}
