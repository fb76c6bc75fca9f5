using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class ApiKeyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Secret One = Secret.ApiKey(new byte[Secret.ByteLength]);
    private static readonly Secret Other = Secret.ApiKey(Enumerable.Repeat((byte)7, Secret.ByteLength).ToArray());

    [Test]
    public void ForAgent_WhenMade_MayOnlyReportForThatAgent()
    {
        var (id, agentId) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var key = ApiKey.ForAgent(id, Guid.CreateVersion7(), agentId, One, Now);

        Assert.Multiple(() =>
        {
            Assert.That(key.Id, Is.EqualTo(id));
            Assert.That(key.AgentId, Is.EqualTo(agentId));
            Assert.That(key.Scopes, Is.EqualTo(ApiKeyScopes.Report));
            Assert.That(key.ExpiresAt, Is.Null);
        });
    }

    [Test]
    public void Rekey_WhenKeyIsAnAgents_ReplacesHashAndPrefix()
    {
        var key = ApiKey.ForAgent(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), One, Now);

        key.Rekey(Other);

        Assert.That((key.Hash, key.Prefix), Is.EqualTo((Other.Hash, Other.Prefix)));
        Assert.That(key.DomainEvents, Is.EqualTo(new[] { new ApiKeyEnded(key.Id, key.OwnerId) }));
    }

    [Test]
    public void Rekey_WhenKeyIsAUsers_Throws()
    {
        var key = ApiKey.Create(Guid.CreateVersion7(), "ci", One, ApiKeyScopes.Read, expiresAt: null, Now);

        Assert.That(() => key.Rekey(Other), Throws.InvalidOperationException);
    }

    [Test]
    public void Revoke_WhenAskedTwice_KeepsTheFirstMoment()
    {
        var key = ApiKey.Create(Guid.CreateVersion7(), "ci", One, ApiKeyScopes.Read, expiresAt: null, Now);

        key.Revoke(Now);
        key.Revoke(Now.AddDays(1));

        Assert.That(key.RevokedAt, Is.EqualTo(Now));
        Assert.That(key.DomainEvents, Is.EqualTo(new[] { new ApiKeyEnded(key.Id, key.OwnerId) }));
    }
}
