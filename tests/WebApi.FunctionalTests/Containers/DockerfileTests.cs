using System.Text.RegularExpressions;
using System.Xml.Linq;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Containers;

/// <summary>What no engine says of the Dockerfile when it is wrong.</summary>
[TestFixture]
internal sealed partial class DockerfileTests
{
    private static readonly IReadOnlyList<Stage> Stages = Instructions.Read();

    [Test]
    public void Stages_WhenTheyAreMadeFromOtherImages_NameAVersionOfThem()
    {
        var own = Stages.Select(stage => stage.Name).Append("scratch").ToHashSet();
        var arguments = Stages[0].All("ARG").Select(text => text.Split('=', 2)).ToDictionary(pair => $"${{{pair[0]}}}", pair => pair[1]);
        var foreign = Stages.Skip(1).Select(stage => stage.Base).Where(origin => !own.Contains(origin)).ToList();

        Assert.That(foreign, Is.Not.Empty.And.All.Matches<string>(arguments.ContainsKey), "each can be replaced by another, or one by its digest");
        Assert.That(arguments.Values, Has.All.Matches<string>(Pinned().IsMatch));
    }

    [Test]
    public void Server_WhenItIsBuilt_IsTheImageThatIsMadeWithoutAnEngine()
    {
        var server = Stages[^1];
        var made = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "image", "build"));
        var variables = Words(server.Only("ENV"));

        Assert.Multiple(() =>
        {
            Assert.That((server.Name, server.Base), Is.EqualTo(("server", "scratch")), "the last stage is what is built when none is named");
            Assert.That(server.Only("ENTRYPOINT"), Is.EqualTo("[\"/app/StackAgent.WebApi\"]"));
            Assert.That(made, Does.Contain($"\"Entrypoint\": {server.Only("ENTRYPOINT")}"));
            Assert.That(server.Only("USER"), Is.EqualTo("10001:10001"));
            Assert.That(made, Does.Contain("USER = 10001"));
            Assert.That(made, Does.Contain($"\"WorkingDir\": \"{server.Only("WORKDIR")}\""));
            Assert.That(variables, Is.EquivalentTo(Made(made)));
            Assert.That(server.Lines.Select(line => line.Name), Has.None.EqualTo("RUN"), "it has nothing to run");
        });
    }

    [TestCase("server")]
    [TestCase("standalone")]
    public void Image_WhenAServerRunsInIt_IsNotRootAndAsksItsOwnHealth(string name)
    {
        var stage = Stages.Single(stage => stage.Name == name);

        Assert.Multiple(() =>
        {
            Assert.That(stage.Only("USER"), Is.EqualTo("10001:10001"));
            Assert.That(stage.Only("HEALTHCHECK"), Does.EndWith("CMD [\"/app/StackAgent.WebApi\", \"health\"]"));
            Assert.That(stage.Only("ENTRYPOINT"), Is.EqualTo("[\"/app/StackAgent.WebApi\"]"));
            Assert.That(Words(stage.Only("ENV")), Does.Contain("ENVIRONMENT=production"));
            Assert.That(stage.Only("ARG"), Is.EqualTo($"VERSION={Version}"));
            Assert.That(Words(stage.Only("LABEL")), Does.Contain("org.opencontainers.image.version=\"${VERSION}\""));
        });
    }

    [Test]
    public void AgentRuntime_WhenItIsMadeAFile_IsStartedAsFromTheImage()
    {
        var image = Stages.Single(stage => stage.Name == "agent-runtime");
        var archive = Stages.Single(stage => stage.Name == "agent-runtime-archive").Only("RUN");

        Assert.Multiple(() =>
        {
            Assert.That(image.Only("USER"), Is.EqualTo("10001:10001"));
            Assert.That(archive, Does.Contain($"--user {image.Only("USER")} "));
            Assert.That(archive, Does.Contain($"--workdir {image.Only("WORKDIR")} "));
            Assert.That(archive, Does.Contain($"--entrypoint {image.Only("ENTRYPOINT").Trim('[', ']', '"')} "));
            Assert.That(Words(image.Only("ENV")), Has.All.Matches<string>(variable => archive.Contains($"--env {variable} ", StringComparison.Ordinal)));
        });
    }

    [Test]
    public void Projects_WhenTheyAreRestored_AreAllThatTheServerRefersTo()
    {
        var copied = Stages.Single(stage => stage.Name == "app").All("COPY").SelectMany(Words).Where(word => word.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.That(copied, Is.EquivalentTo(Referred("src/WebApi/WebApi.csproj").Distinct()));
    }

    [Test]
    public void Context_WhenSomethingIsCopiedFromIt_HasItAndNothingSecret()
    {
        var ignored = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(line => line.Length > 0 && line[0] != '#').ToList();
        var admitted = ignored.Where(line => line[0] == '!').Select(line => line[1..]).ToList();
        var copied = Stages.SelectMany(stage => stage.All("COPY")).Where(text => !text.StartsWith("--from", StringComparison.Ordinal))
            .SelectMany(text => Words(text).SkipLast(1)).Select(path => path.TrimEnd('/')).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(ignored[0], Is.EqualTo("*"), "only what is named gets into it");
            Assert.That(admitted, Has.All.Matches<string>(path => Path.Exists(Path.Combine(Repository.Root, path))));
            Assert.That(copied, Has.All.Matches<string>(path => Path.Exists(Path.Combine(Repository.Root, path))));
            Assert.That(copied, Has.All.Matches<string>(path => admitted.Exists(root => path == root || path.StartsWith($"{root}/", StringComparison.Ordinal))));
            Assert.That(ignored, Does.Contain("**/.env*").And.Contain("**/node_modules").And.Contain("**/bin").And.Contain("**/obj"));
            Assert.That(Stages.SelectMany(stage => stage.Lines).Where(line => line.Name is "ARG" or "ENV").Select(line => line.Text), Has.None.Matches<string>(Secret().IsMatch));
            Assert.That(Stages.SelectMany(stage => stage.Lines).Select(line => line.Name), Has.None.EqualTo("ADD"), "COPY fetches nothing and unpacks nothing");
        });
    }

    private static string Version => XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Referred(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        var references = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(path => Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(folder, path), Repository.Root)));
        return references.SelectMany(Referred).Prepend(project);
    }

    /// <summary>The variables that <c>deploy/image/build</c> sets.</summary>
    private static IEnumerable<string> Made(string script)
    {
        var list = script[script.IndexOf("\"Env\": [", StringComparison.Ordinal)..];
        return Quoted().Matches(list[list.IndexOf('[', StringComparison.Ordinal)..list.IndexOf(']', StringComparison.Ordinal)])
            .Select(match => match.Groups["text"].Value.Replace("/{DOTNET}", "/usr/share/dotnet", StringComparison.Ordinal));
    }

    // A name of the registry, at least a major version, and no word that moves from one to the next.
    [GeneratedRegex(@"\A[a-z0-9.-]+\.[a-z]+/[a-z0-9./-]+:[0-9][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pinned();

    [GeneratedRegex("SECRET|PASSWORD|TOKEN|DATABASE_URL", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Secret();

    [GeneratedRegex("f?\"(?<text>[^\"]+)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Quoted();
}
