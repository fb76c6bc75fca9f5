using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class RefreshTokenFamilyTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private static readonly LoginOrigin Home = new("192.0.2.1", "Firefox");
    private static readonly LoginOrigin Away = new("198.51.100.7", "Chromium");

    private RefreshTokenFamily _family;
    private RefreshToken _first;
    private byte _seed;

    [SetUp]
    public void LogIn()
    {
        _seed = 0;
        _family = RefreshTokenFamily.Start(Guid.CreateVersion7(), NextSecret(), Home, Start, Lifetime);
        _first = _family.Tokens[0];
    }

    [Test]
    public void Start_WhenLoggedIn_HasOneTokenThatIsGood() => Assert.Multiple(() =>
    {
        Assert.That(_family.Tokens, Has.Count.EqualTo(1));
        Assert.That(_first.FamilyId, Is.EqualTo(_family.Id));
        Assert.That(_first.SpentAt, Is.Null);
        Assert.That(_first.ExpiresAt, Is.EqualTo(Start + Lifetime));
        Assert.That(_family.ExpiresAt, Is.EqualTo(Start + Lifetime));
        Assert.That((_family.LastUsedAt, _family.Address, _family.UserAgent), Is.EqualTo((Start, "192.0.2.1", "Firefox")));
    });

    [Test]
    public void Rotate_WhenTokenIsGood_SpendsItForASuccessor()
    {
        var now = Start.AddDays(1);

        var second = Rotate(_first, now);

        Assert.Multiple(() =>
        {
            Assert.That(second, Is.Not.Null);
            Assert.That(_first.SpentAt, Is.EqualTo(now));
            Assert.That(_first.SuccessorId, Is.EqualTo(second!.Id));
            Assert.That(second.ExpiresAt, Is.EqualTo(now + Lifetime));
            Assert.That(_family.ExpiresAt, Is.EqualTo(now + Lifetime));
            Assert.That((_family.LastUsedAt, _family.Address, _family.UserAgent), Is.EqualTo((now, "198.51.100.7", "Chromium")));
        });
    }

    [Test]
    public void Rotate_WhenUsedAgainWithinTheGrace_GivesAnotherSuccessorAndKeepsTheFirstMark()
    {
        var second = Rotate(_first, Start);

        var third = Rotate(_first, Start + RefreshTokenFamily.ReuseGrace);

        Assert.Multiple(() =>
        {
            Assert.That(third, Is.Not.Null);
            Assert.That(third!.Id, Is.Not.EqualTo(second!.Id));
            Assert.That(third.FamilyId, Is.EqualTo(_family.Id));
            Assert.That(_first.SpentAt, Is.EqualTo(Start));
            Assert.That(_first.SuccessorId, Is.EqualTo(second.Id));
            Assert.That(_family.RevokedAt, Is.Null);
        });
    }

    [Test]
    public void Rotate_WhenUsedAgainAfterTheGrace_RevokesTheFamily()
    {
        var second = Rotate(_first, Start);
        var late = Start + RefreshTokenFamily.ReuseGrace + TimeSpan.FromTicks(1);

        var reused = Rotate(_first, late);

        Assert.Multiple(() =>
        {
            Assert.That(reused, Is.Null);
            Assert.That(_family.RevokedAt, Is.EqualTo(late));
            Assert.That(Rotate(second!, late), Is.Null, "the newest token ends with its family");
            Assert.That(_family.DomainEvents, Is.EqualTo(new[] { new LoginEnded(_family.Id, _family.UserId) }));
        });
    }

    [Test]
    public void Rotate_WhenGraceIsUsedTwice_CountsFromTheFirstUse()
    {
        Rotate(_first, Start);
        Rotate(_first, Start.AddSeconds(8));

        Assert.That(Rotate(_first, Start.AddSeconds(16)), Is.Null);
    }

    [TestCase(-1, true)]
    [TestCase(0, false)]
    public void Rotate_WhenTokenExpires_RefusesFromThatMomentOn(int ticks, bool accepted) =>
        Assert.That(Rotate(_first, (Start + Lifetime).AddTicks(ticks)) is not null, Is.EqualTo(accepted));

    [Test]
    public void Rotate_WhenAnExpiredTokenIsReused_LeavesTheFamilyAlone()
    {
        var second = Rotate(_first, Start.AddDays(6));

        Rotate(_first, Start.AddDays(8));

        Assert.Multiple(() =>
        {
            Assert.That(_family.RevokedAt, Is.Null);
            Assert.That(Rotate(second!, Start.AddDays(8)), Is.Not.Null);
        });
    }

    [Test]
    public void Rotate_WhenTokenIsOfAnotherFamily_Throws()
    {
        var stranger = RefreshTokenFamily.Start(Guid.CreateVersion7(), NextSecret(), Home, Start, Lifetime).Tokens[0];

        Assert.That(() => Rotate(stranger, Start), Throws.ArgumentException);
    }

    [Test]
    public void Revoke_WhenAskedTwice_KeepsTheFirstMoment()
    {
        _family.Revoke(Start);
        _family.Revoke(Start.AddDays(1));

        Assert.That(_family.RevokedAt, Is.EqualTo(Start));
    }

    private RefreshToken? Rotate(RefreshToken presented, DateTimeOffset now) => _family.Rotate(presented, NextSecret(), Away, now, Lifetime);

    private Secret NextSecret() => Secret.RefreshToken(Enumerable.Repeat(_seed++, Secret.ByteLength).ToArray());
}
