using System.Reflection;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Architecture.Tests;

/// <summary>What holds the design together, each rule proven by a planted violation (see <c>Planted.cs</c>).</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Stack).Assembly;
    private static readonly Assembly Application = typeof(CreateStack).Assembly;
    private static readonly Assembly Infrastructure = typeof(ApplicationDbContext).Assembly;
    private static readonly Assembly WebApi = typeof(Program).Assembly;
    private static readonly Type[] Planted = typeof(ArchitectureTests).Assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith("Planted", StringComparison.Ordinal) == true).ToArray();

    /// <summary>A feature may use another only where this list says so; nothing runs in a circle.</summary>
    private static readonly HashSet<string> AllowedCrossings = new(StringComparer.Ordinal)
    {
        "Stacks → Agents", // a stack shows its agents
        "Notifications → Events", // what endpoints are told of
        "Agents → Events", // whoever waits for a rollout follows what happens to its agent
    };

    /// <summary>Handlers that write without an entry in the audit trail, and why.</summary>
    private static readonly Dictionary<string, string> Unaudited = new(StringComparer.Ordinal)
    {
        ["ReportStatusHandler"] = "reports are a log of their own, and the hot path",
        ["ReportStatusBatchHandler"] = "reports are a log of their own, and the hot path",
        ["RefreshLoginHandler"] = "goes on with a login that is audited; its client does it every half hour",
        ["RegisterUserHandler"] = "the accounts behind it tell the trail, in their transaction",
        ["UpdateMeHandler"] = "the accounts behind it tell the trail, in their transaction",
        ["ObserveAgentHandler"] = "the runtime's observation, nobody's deed",
        ["FailOverdueDeploymentsHandler"] = "time's deed",
        ["ReconcileAgentHandler"] = "carries out what was asked for, and audited, before",
        ["AdoptStoredCodeHandler"] = "the server's own move to another layout of its disk",
        ["ReconcileStackHandler"] = "carries out what was asked for, and audited, before",
    };

    [Test]
    public void Domain_WhenReferencesAreRead_UsesTheFrameworkOnly() =>
        Assert.That(Rules.ForbiddenReferences(Domain, "System", "netstandard"), Is.Empty);

    [Test]
    public void Application_WhenReferencesAreRead_PointsInwardOnly() =>
        Assert.That(
            Rules.ForbiddenReferences(Application, "System", "StackAgent.Domain", "MediatR", "FluentValidation", "Microsoft.EntityFrameworkCore", "Microsoft.Extensions"),
            Is.Empty);

    [Test]
    public void Infrastructure_WhenReferencesAreRead_DoesNotKnowTheWebApi() =>
        Assert.That(Infrastructure.GetReferencedAssemblies().Select(reference => reference.Name), Has.None.EqualTo("StackAgent.WebApi"));

    [Test]
    public void ForbiddenReferences_WhenAnOuterLayerStandsInForTheDomain_FindsThem() =>
        Assert.That(Rules.ForbiddenReferences(Application, "System", "netstandard"), Does.Contain("MediatR").And.Contain("StackAgent.Domain"));

    [Test]
    public void Application_WhenFeaturesAreRead_StayApart() =>
        Assert.That(Rules.FeatureCrossings(Application.GetTypes(), "StackAgent.Application", AllowedCrossings), Is.Empty);

    [Test]
    public void FeatureCrossings_WhenOneIsPlantedInAMethodBody_FindsIt() =>
        Assert.That(
            Rules.FeatureCrossings(Planted, "Planted", new HashSet<string>(StringComparer.Ordinal)),
            Has.Some.StartWith("Left → Right: UsesAnotherFeature"));

    [Test]
    public void Controllers_WhenActionsAreWalked_EachDeclaresItsAuthorisation() =>
        Assert.Multiple(() =>
        {
            Assert.That(Rules.ActionsWithoutAuthorisation(WebApi.GetTypes()), Is.Empty);
            Assert.That(Rules.ActionsWithoutVerb(WebApi.GetTypes()), Is.Empty);
        });

    [Test]
    public void ActionsWithoutAuthorisation_WhenPlanted_AreFound() =>
        Assert.Multiple(() =>
        {
            Assert.That(Rules.ActionsWithoutAuthorisation(Planted), Is.EquivalentTo(["OpenController.Forgotten", "OpenController.AnyoneSignedIn"]));
            Assert.That(Rules.ActionsWithoutVerb(Planted), Is.EqualTo(["OpenController.NoVerb"]));
        });

    [Test]
    public void Handlers_WhenWalked_AreInternalAndSealed() =>
        Assert.Multiple(() =>
        {
            Assert.That(Rules.OpenHandlers(Application.GetTypes()), Is.Empty);
            Assert.That(Rules.OpenRequests(Application.GetTypes()), Is.Empty);
        });

    [Test]
    public void Handlers_ThatWrite_TellTheAuditTrailOrSayWhyNot() =>
        Assert.That(Rules.WritersWithoutAudit(Application.GetTypes()), Is.EquivalentTo(Unaudited.Keys));

    [Test]
    public void WritersWithoutAudit_WhenPlanted_AreFound() =>
        Assert.That(Rules.WritersWithoutAudit(Planted), Is.EqualTo(["SilentWriter"]));

    [Test]
    public void OpenHandlers_WhenPlanted_AreFound() =>
        Assert.Multiple(() =>
        {
            Assert.That(Rules.OpenHandlers(Planted), Is.EquivalentTo(["PublicHandler", "UnsealedHandler"]));
            Assert.That(Rules.OpenRequests(Planted), Is.EqualTo(["UnsealedRequest"]));
        });
}
