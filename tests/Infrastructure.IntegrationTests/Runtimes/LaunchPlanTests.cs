using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class LaunchPlanTests
{
    private TemporaryFolder _temporary = null!;
    private string _code = null!;

    [SetUp]
    public void CreateFolder()
    {
        _temporary = new TemporaryFolder();
        _code = _temporary.Path;
    }

    [TearDown]
    public void DeleteFolder() => _temporary.Dispose();

    [TestCase("web: ./serve --port $PORT", "exec ./serve --port $PORT")]
    [TestCase("worker: x\n web :  gunicorn app:app \n", "exec gunicorn app:app")]
    [TestCase("web: cd src && ./serve", "cd src && ./serve")]
    [TestCase("web: MODE=fast ./serve", "MODE=fast ./serve")]
    [TestCase("web: exec ./serve", "exec ./serve")]
    public void For_WhenThereIsAProcfile_RunsItsWebLine(string procfile, string command)
    {
        Write("Procfile", procfile);
        Write("main.py", "");

        var plan = LaunchPlan.For(_code, graphCommand: null);

        Assert.That(plan.Program, Is.EqualTo("sh"));
        Assert.That(plan.Arguments, Is.EqualTo(new[] { "-c", command }));
        Assert.That(plan.WorkingDirectory, Is.EqualTo(_code));
    }

    [TestCase("worker: x")]
    [TestCase("web:")]
    [TestCase("")]
    public void For_WhenTheProcfileHasNoWebLine_GoesOnLooking(string procfile)
    {
        Write("Procfile", procfile);
        Write("main.py", "");

        Assert.That(Command(), Is.EqualTo("python3 -u main.py"));
    }

    [Test]
    public void For_WhenSeveralCanBeStarted_KeepsTheOrder()
    {
        Write("graph.py", "");
        Assert.That(Command("serve"), Is.EqualTo("sh -c exec serve"));
        Write("index.js", "");
        Assert.That(Command("serve"), Is.EqualTo("node index.js"));
        Write("package.json", """{"scripts": {"start": "node server.js"}}""");
        Assert.That(Command("serve"), Is.EqualTo("npm start"));
        Write("main.py", "");
        Assert.That(Command("serve"), Is.EqualTo("python3 -u main.py"));
    }

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("{\"scripts\": []}")]
    [TestCase("{\"scripts\": {\"start\": 1}}")]
    [TestCase("not JSON")]
    public void For_WhenPackageJsonHasNoStartScript_GoesOnLooking(string package)
    {
        Write("package.json", package);
        Write("index.js", "");

        Assert.That(Command(), Is.EqualTo("node index.js"));
    }

    [Test]
    public void For_WhenTheCodeWasPackedWithItsFolder_StartsInsideIt()
    {
        Write("agent/main.py", "");

        Assert.That(LaunchPlan.For(_code, graphCommand: null).WorkingDirectory, Is.EqualTo(Path.Combine(_code, "agent")));
    }

    [Test]
    public void For_WhenThereAreSeveralGraphs_ServesTheShallowest()
    {
        Write("README.md", "");
        Write("a/deep/graph.py", "");
        Write("node_modules/graph.py", "");
        Write("b/graph.py", "");

        var plan = LaunchPlan.For(_code, " serve $STACKAGENT_GRAPH ");

        Assert.That(plan.Arguments, Is.EqualTo(new[] { "-c", "exec serve $STACKAGENT_GRAPH" }));
        Assert.That(plan.GraphPath, Is.EqualTo(Path.Combine(_code, "b", "graph.py")));
    }

    [Test]
    public void For_WhenAGraphCannotBeServed_NamesTheSetting()
    {
        Write("graph.py", "");

        var refusal = Refusal();

        Assert.That(refusal.Reason, Is.EqualTo("NoStartCommand"));
        Assert.That(refusal.Message, Does.Contain("LOCAL_GRAPH_COMMAND"));
    }

    [Test]
    public void For_WhenThereIsNothingToStart_NamesWhatIsAccepted()
    {
        Write("README.md", "");

        var refusal = Refusal();

        Assert.That(refusal.Reason, Is.EqualTo("NoStartCommand"));
        Assert.That(refusal.Message, Does.Contain("Procfile").And.Contain("main.py").And.Contain("package.json").And.Contain("index.js"));
    }

    [Test]
    public void For_WhenTheFolderIsMissing_SaysSoWithoutThePath()
    {
        var missing = Path.Combine(_code, "extracted");

        var refusal = Assert.Throws<RuntimeRefusedException>(() => LaunchPlan.For(missing, graphCommand: null));

        Assert.That(refusal?.Reason, Is.EqualTo("CodeMissing"));
        Assert.That(refusal?.Message, Does.Not.Contain(_code));
    }

    [Test]
    public void For_WhenAFileIsALink_DoesNotFollowIt()
    {
        Write("elsewhere", "web: ./serve");
        File.CreateSymbolicLink(Path.Combine(_code, "Procfile"), Path.Combine(_code, "elsewhere"));

        Assert.That(Refusal().Reason, Is.EqualTo("NoStartCommand"));
    }

    private string Command(string? graphCommand = null) => LaunchPlan.For(_code, graphCommand).ToString();

    private RuntimeRefusedException Refusal() =>
        Assert.Throws<RuntimeRefusedException>(() => LaunchPlan.For(_code, graphCommand: null))!;

    private void Write(string name, string content)
    {
        var path = Path.Combine(_code, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
