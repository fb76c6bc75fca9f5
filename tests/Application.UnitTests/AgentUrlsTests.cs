using NSubstitute;
using StackAgent.Application.Common;

namespace StackAgent.Application.UnitTests;

public sealed class AgentUrlsTests
{
    private static readonly Guid Stack = Guid.Parse("01a20048-d842-700d-8ef6-2aed1b01b5bf");
    private static readonly Guid Agent = Guid.Parse("01a20048-dbc1-71a1-a8eb-58e77fda6686");

    [Test]
    public void ApiUrl_WhenNothingElseIsSet_IsBelowThisServer() =>
        Assert.That(
            Urls().ApiUrl(Stack, Agent),
            Is.EqualTo("http://127.0.0.1:8000/stacks/01a20048-d842-700d-8ef6-2aed1b01b5bf/agents/01a20048-dbc1-71a1-a8eb-58e77fda6686/"));

    [Test]
    public void ApiUrl_WhenAgentsAreReachedElsewhere_IsThere() =>
        Assert.That(Urls(agentsUrl: "https://agents.example.com").ApiUrl(Stack, Agent), Does.StartWith("https://agents.example.com/stacks/01a20048-d842"));

    [Test]
    public void UiUrl_WhenThereIsNoChat_IsTheAgentItself() =>
        Assert.That(Urls().UiUrl(Stack, Agent), Is.EqualTo(Urls().ApiUrl(Stack, Agent)));

    [Test]
    public void UiUrl_WhenThereIsAChat_CarriesBothValuesPercentEncoded() =>
        Assert.That(
            Urls(chat: "https://chat.example.com").UiUrl(Stack, Agent),
            Is.EqualTo("https://chat.example.com/?apiUrl=http%3A%2F%2F127.0.0.1%3A8000%2Fstacks%2F01a20048-d842-700d-8ef6-2aed1b01b5bf"
                + "%2Fagents%2F01a20048-dbc1-71a1-a8eb-58e77fda6686%2F&assistantId=01a20048-dbc1-71a1-a8eb-58e77fda6686"));

    [TestCase(null, "http://127.0.0.1:8000")]
    [TestCase("http://stackagent.svc", "http://stackagent.svc")]
    public void ServerForAgents_WhenAgentsReachItElsewhere_IsThere(string? given, string expected) =>
        Assert.That((Urls(server: given).ServerForAgents, Urls(server: given).ApiUrl(Stack, Agent)[..22]), Is.EqualTo((expected, "http://127.0.0.1:8000/")));

    private static AgentUrls Urls(string? agentsUrl = null, string? chat = null, string? server = null)
    {
        var address = Substitute.For<IPublicAddress>();
        address.BaseUrl.Returns("http://127.0.0.1:8000");
        return new AgentUrls(address, agentsUrl, chat, server);
    }
}
