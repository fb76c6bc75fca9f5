using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Limits;

internal sealed class RateLimitTests
{
    /// <summary>More than a bucket that holds ten or twenty calls gives away, however slow the machine is.</summary>
    private const int Many = 150;

    [Test]
    public async Task Calls_WhenAnAccountMakesTooMany_AreRefusedWhileOthersAndItsReportsAreNot()
    {
        await using var server = await StartAsync(("RATE_LIMIT_REQUESTS", "1"));
        using var eager = await server.NewCallerAsync();
        using var other = await server.NewCallerAsync();

        var replies = await ManyAsync(() => eager.GetAsync("/api/stacks"));

        Assert.That(replies.Select(reply => reply.Status).Distinct(), Is.EquivalentTo(new[] { HttpStatusCode.OK, HttpStatusCode.TooManyRequests }));
        var refused = replies.First(reply => reply.Status == HttpStatusCode.TooManyRequests);
        Assert.That(refused.Text("error"), Is.EqualTo("rate_limited"));
        Assert.That(refused.Text("detail"), Is.EqualTo("Too many calls. Try again in 1 second."));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That((await other.GetAsync("/api/stacks")).Status, Is.EqualTo(HttpStatusCode.OK));
        await eager.ReportAsync("agent");
        Assert.That((await ManyAsync(() => eager.GetAsync("/health"))).Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Calls_WhenOneKeyMakesTooMany_LeaveItsAccountTheOtherHalf()
    {
        await using var server = await StartAsync(("RATE_LIMIT_REQUESTS", "2"), ("RATE_LIMIT_REPORTS", "2"));
        using var person = await server.NewCallerAsync();
        using var key = server.Anonymous(await person.NewKeyAsync("read", "report"));

        Assert.That(await CountRefusedAsync(() => key.GetAsync("/api/stacks")), Is.Positive);
        Assert.That((await person.GetAsync("/api/stacks")).Status, Is.EqualTo(HttpStatusCode.OK));

        var report = new { agent_id = "agent", session_topic = "topic", status = "running" };
        Assert.That(await CountRefusedAsync(() => key.PostAsync("/webhook/status", report)), Is.Positive);
        Assert.That((await person.PostAsync("/webhook/status", report)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Calls_WhenNobodyIsKnownToMakeThem_AreCountedByAddress()
    {
        await using var server = await StartAsync(("RATE_LIMIT_ANONYMOUS", "1"));
        using var person = await server.NewCallerAsync();
        using var nobody = server.Anonymous("sak_wrong");

        var replies = await ManyAsync(() => nobody.SendAsync(HttpMethod.Get, "/api/stacks", body: null, ("X-Forwarded-For", $"203.0.113.{Random.Shared.Next(250)}")));

        Assert.That(
            replies.Select(reply => reply.Status).Distinct(), Is.EquivalentTo(new[] { HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests }),
            "what a client says of its address doesn't count");
        Assert.That((await person.GetAsync("/api/stacks")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Calls_WhenATrustedProxySaysWhose_AreCountedAndNotedForThatAddress()
    {
        await using var server = await StartAsync(("RATE_LIMIT_ANONYMOUS", "1"), ("TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"));
        using var person = await server.NewCallerAsync();
        using var nobody = server.Anonymous();

        // The last that isn't a proxy's counts; what is before it was said by the client.
        Assert.That(await CountRefusedAsync(() => nobody.SendAsync(HttpMethod.Get, "/api/stacks", null, ("X-Forwarded-For", "203.0.113.7"))), Is.Positive);
        Assert.That(
            await CountRefusedAsync(() => nobody.SendAsync(HttpMethod.Get, "/api/stacks", null, ("X-Forwarded-For", $"203.0.113.{Random.Shared.Next(100, 250)}, 203.0.113.8, 10.1.1.1"))),
            Is.Positive);
        var other = await nobody.SendAsync(HttpMethod.Get, "/api/stacks", null, ("X-Forwarded-For", "203.0.113.9"));
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.Unauthorized));

        await person.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "stack" }, ("X-Forwarded-For", "203.0.113.10"));
        var entry = (await person.GetAsync("/api/audit")).Body.GetProperty("items").EnumerateArray().First();
        Assert.That(entry.GetRawText(), Does.Contain("203.0.113.10"));
    }

    private static Task<ProductServer> StartAsync(params (string Name, string Value)[] environment) =>
        ProductServer.StartAsync(DatabaseProvider.Sqlite, configure: null, environment.ToDictionary(variable => variable.Name, variable => variable.Value));

    private static Task<Reply[]> ManyAsync(Func<Task<Reply>> call) => Task.WhenAll(Enumerable.Range(0, Many).Select(_ => call()));

    private static async Task<int> CountRefusedAsync(Func<Task<Reply>> call) =>
        (await ManyAsync(call)).Count(reply => reply.Status == HttpStatusCode.TooManyRequests);
}
