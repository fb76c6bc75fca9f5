using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

public sealed class CredentialOutageTests
{
    [Test]
    public async Task Credentials_WhenTheDatabaseIsAway_CountUntilTheirAgeAndThenAreUnavailable()
    {
        await using var server = await AccountsServer.StartAsync(DatabaseProvider.PostgreSql);
        using var client = server.Client();
        var user = await client.NewUserAsync();
        var key = (await client.PostAsync("/api/apikeys", new { name = "key", scopes = new[] { "read" } }, user.AccessToken)).Text("key");
        await client.GetAsync("/probe/read", apiKey: key);
        await client.GetAsync("/probe/read", user.AccessToken);

        await server.Database.SetReachableAsync(false);
        for (var i = 0; i < 20; i++)
        {
            Assert.That((await client.GetAsync("/probe/read", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await client.GetAsync("/probe/read", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        server.Time.Advance(new FreshCacheLimits().MaxAge);
        var old = await client.GetAsync("/probe/read", apiKey: key);
        var token = await client.GetAsync("/probe/read", user.AccessToken);
        var unknown = await client.GetAsync("/probe/read", apiKey: "sak_" + new string('A', 43));

        foreach (var reply in new[] { old, token, unknown })
        {
            Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "unavailable")));
            Assert.That(reply.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        }

        await server.Database.SetReachableAsync(true);
        Assert.That((await client.GetAsync("/probe/read", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await client.GetAsync("/probe/read", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
