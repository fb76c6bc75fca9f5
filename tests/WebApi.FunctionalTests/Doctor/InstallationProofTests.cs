using StackAgent.Application.Accounts;
using StackAgent.WebApi.Doctor;

namespace StackAgent.WebApi.FunctionalTests.Doctor;

internal sealed class InstallationProofTests
{
    private const string Present = "the present secret key of this installation";
    private const string Former = "the former secret key of this installation!";

    [Test]
    public void Answer_WhenBothHaveTheSecret_IsWhatIsExpected()
    {
        var question = Of(Present).Ask().Single();

        Assert.That(Of(Present).Answer(question.Text), Is.EqualTo(question.Expected));
        Assert.That(Of("another one", Present).Answer(question.Text), Is.EqualTo(question.Expected), "while it is being changed");
        Assert.That(Of(Present, Former).Ask().Select(each => Of(Former).Answer(each.Text)), Has.Exactly(1).Not.Null);
    }

    [Test]
    public void Answer_WhenWhoAsksDoesntHaveTheSecret_IsNone()
    {
        var question = Of(Present).Ask().Single().Text;
        var nonce = question[..22];

        Assert.That(Of(Former).Answer(question), Is.Null);
        var changed = $"{(question[0] == 'A' ? 'B' : 'A')}{question[1..]}";
        foreach (var other in new[] { "", ".", "x", nonce, $"{nonce}.", $"{nonce}.{nonce}", question + "A", changed, question.Replace('.', ','), new string('a', 10_000), $"{nonce}.ü" })
            Assert.That(Of(Present).Answer(other), Is.Null, other);
        Assert.That(Of(Present).Answer(new[] { question, question }), Is.Null, "twice");
    }

    [Test]
    public void Ask_WhenAskedAgain_AsksAnew()
    {
        var proof = Of(Present);

        Assert.That(proof.Ask().Concat(proof.Ask()).Select(question => question.Text), Is.Unique);
    }

    private static InstallationProof Of(string secret, params string[] previous) => new(new AccountOptions(secret) { PreviousSecretKeys = previous });
}
