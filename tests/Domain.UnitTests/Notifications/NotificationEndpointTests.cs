using StackAgent.Domain.Notifications;

namespace StackAgent.Domain.UnitTests.Notifications;

public sealed class NotificationEndpointTests
{
    private static readonly Guid Owner = Guid.CreateVersion7();
    private static readonly Guid Stack = Guid.CreateVersion7();
    private static readonly Guid Agent = Guid.CreateVersion7();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly EndpointSettings Everything = new("https://example.com/hook", null, NotificationFormat.Standard, [], null, null, []);
    private static readonly NotificationSubject Failure = new("session.status_changed", Stack, Agent, "bot", "failed");

    private NotificationEndpoint _endpoint = null!;

    [SetUp]
    public void SetUp() => _endpoint = NotificationEndpoint.Create(Owner, Everything, "first", Start);

    [Test]
    public void Create_WhenCalled_IsEnabledAndWantsEverything()
    {
        Assert.Multiple(() =>
        {
            Assert.That((_endpoint.IsEnabled, _endpoint.Kind, _endpoint.OwnerId), Is.EqualTo((true, EndpointKind.User, (Guid?)Owner)));
            Assert.That(_endpoint.Wants(Failure), Is.True);
            Assert.That(_endpoint.Wants(new NotificationSubject("endpoint.disabled", null, null, null, null)), Is.True);
            Assert.That(_endpoint.DomainEvents, Is.Empty);
        });
    }

    [TestCase("session.status_changed", true)]
    [TestCase("session.*", true)]
    [TestCase("agent.*", false)]
    [TestCase("session.expired", false)]
    public void Wants_WhenTypesAreNamed_LooksForThem(string word, bool wanted)
    {
        _endpoint.Change(Everything with { EventTypes = ["stack.deleted", word] }, Start);

        Assert.That(_endpoint.Wants(Failure), Is.EqualTo(wanted));
    }

    [Test]
    public void Wants_WhenThereAreFilters_NeedsAllOfThemToFit()
    {
        var all = Everything with { StackId = Stack, AgentId = "bot", Statuses = ["failed", "success"] };
        Assert.Multiple(() =>
        {
            Assert.That(Wants(all, Failure), Is.True);
            Assert.That(Wants(all with { AgentId = Agent.ToString().ToUpperInvariant() }, Failure), Is.True, "the UUID in any case");
            Assert.That(Wants(all with { AgentId = "other" }, Failure), Is.False);
            Assert.That(Wants(all with { AgentId = Guid.CreateVersion7().ToString() }, Failure), Is.False);
            Assert.That(Wants(all with { StackId = Guid.CreateVersion7() }, Failure), Is.False);
            Assert.That(Wants(all with { Statuses = ["success"] }, Failure), Is.False);
            Assert.That(Wants(all, Failure with { Status = null }), Is.False);
            Assert.That(Wants(all, Failure with { StackId = null }), Is.False);
        });
    }

    [Test]
    public void SecretsAt_AfterARotation_HoldsBothForADay()
    {
        _endpoint.RotateSecret("second", Start);

        Assert.That(_endpoint.SecretsAt(Start.AddHours(24).AddTicks(-1)), Is.EqualTo(["second", "first"]));
        Assert.That(_endpoint.SecretsAt(Start.AddHours(24)), Is.EqualTo(["second"]));
    }

    [Test]
    public void Failed_WhenNothingSucceededForFiveDays_DisablesAndTellsTheOwnerOnce()
    {
        _endpoint.Failed(Start);
        _endpoint.Failed(Start.AddDays(5).AddTicks(-1));
        Assert.That(_endpoint.IsEnabled, Is.True);

        _endpoint.Failed(Start.AddDays(5));
        _endpoint.Failed(Start.AddDays(6));

        Assert.Multiple(() =>
        {
            Assert.That((_endpoint.IsEnabled, _endpoint.DisabledReason), Is.EqualTo((false, (EndpointDisabledReason?)EndpointDisabledReason.Failing)));
            Assert.That(_endpoint.DisabledAt, Is.EqualTo(Start.AddDays(5)));
            Assert.That(_endpoint.Wants(Failure), Is.False);
            Assert.That(
                _endpoint.DomainEvents,
                Is.EqualTo([new NotificationEndpointDisabled(_endpoint.Id, Owner, EndpointDisabledReason.Failing, Start)]));
        });
    }

    [Test]
    public void Succeeded_BetweenFailures_StartsTheFiveDaysAnew()
    {
        _endpoint.Failed(Start);
        _endpoint.Succeeded();
        _endpoint.Failed(Start.AddDays(4));
        _endpoint.Failed(Start.AddDays(6));

        Assert.That((_endpoint.IsEnabled, _endpoint.FailingSince), Is.EqualTo((true, (DateTimeOffset?)Start.AddDays(4))));
    }

    [Test]
    public void Change_WhenTheAddressIsAnother_ForgetsTheFailuresOfTheOld()
    {
        _endpoint.Failed(Start);
        _endpoint.Change(Everything with { Description = "same" }, Start);
        Assert.That(_endpoint.FailingSince, Is.EqualTo(Start));

        _endpoint.Change(Everything with { Url = "https://example.com/other" }, Start);
        Assert.That(_endpoint.FailingSince, Is.Null);
    }

    [Test]
    public void Gone_WhenSaid_DisablesAtOnceUntilTheOwnerEnables()
    {
        _endpoint.Gone(Start);
        Assert.That((_endpoint.IsEnabled, _endpoint.DisabledReason), Is.EqualTo((false, (EndpointDisabledReason?)EndpointDisabledReason.Gone)));
        Assert.That(_endpoint.DomainEvents, Has.One.Items);

        _endpoint.Enable(Start.AddDays(1));
        Assert.That((_endpoint.IsEnabled, _endpoint.DisabledReason, _endpoint.DisabledAt), Is.EqualTo((true, (EndpointDisabledReason?)null, (DateTimeOffset?)null)));
    }

    [Test]
    public void Disable_WhenTheOwnerDoesIt_TellsNobodyAndKeepsAnEarlierReason()
    {
        _endpoint.Disable(Start);
        Assert.That(_endpoint.DisabledReason, Is.EqualTo(EndpointDisabledReason.Owner));
        Assert.That(_endpoint.DomainEvents, Is.Empty);

        _endpoint.Enable(Start);
        _endpoint.Gone(Start);
        _endpoint.Disable(Start.AddDays(1));
        Assert.That((_endpoint.DisabledReason, _endpoint.DisabledAt), Is.EqualTo(((EndpointDisabledReason?)EndpointDisabledReason.Gone, (DateTimeOffset?)Start)));
    }

    [Test]
    public void ForServer_WhateverItAnswers_StaysEnabled()
    {
        var endpoint = NotificationEndpoint.ForServer("https://example.com/all", Start);

        endpoint.Gone(Start);
        endpoint.Failed(Start);
        endpoint.Failed(Start.AddDays(100));

        Assert.That((endpoint.IsEnabled, endpoint.OwnerId, endpoint.Format), Is.EqualTo((true, (Guid?)null, NotificationFormat.Lark)));
        Assert.That(endpoint.SecretsAt(Start), Is.Empty);
    }

    [Test]
    public void Follow_WhenTheAccountsEndpointWasGivenUp_StartsAnew()
    {
        var endpoint = NotificationEndpoint.ForAccount(Owner, "https://example.com/mine", Start);
        endpoint.Gone(Start);
        Assert.That(endpoint.IsEnabled, Is.False);

        endpoint.Follow("https://example.com/mine", Start.AddDays(1));

        Assert.That((endpoint.IsEnabled, endpoint.Url), Is.EqualTo((true, "https://example.com/mine")));
    }

    private bool Wants(EndpointSettings settings, NotificationSubject subject)
    {
        _endpoint.Change(settings, Start);
        return _endpoint.Wants(subject);
    }
}
