using System.Diagnostics;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Containers;

/// <summary>The agent runtime image starts what the local runtime starts.</summary>
[TestFixture]
internal sealed class AgentRuntimeTests
{
    [TestCase("Procfile", "release: false\nweb: echo from the Procfile", "", "from the Procfile")]
    [TestCase("Procfile", "web: echo from; echo the Procfile", "again", "from\nthe Procfile again")]
    [TestCase("Procfile", "web:\r\nweb: echo from the second\r\n", "line", "from the second line")]
    [TestCase("main.py", "import sys; print('from', *sys.argv)", "a 'b", "from main.py a 'b")]
    [TestCase("inner/main.py", "print('from inside')", "", "from inside")]
    [TestCase("index.js", "console.log('from', ...process.argv.slice(2))", "node", "from node")]
    [TestCase("package.json", """{"scripts": {"start": "echo from a script"}}""", "more", "from a script more")]
    public async Task Start_WhenThereIsCode_RunsItWithItsArguments(string file, string content, string argument, string printed)
    {
        using var folder = new TemporaryFolder();
        Write(folder[file], content);

        var (code, output, errors) = await StartAsync(folder.Path, argument.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.EndWith(printed));
    }

    [Test]
    public async Task Start_WhenThereIsMoreThanOneWay_TakesThatOfTheLocalRuntime()
    {
        using var folder = new TemporaryFolder();
        Write(folder["Procfile"], "worker: echo not this");
        Write(folder["index.js"], "console.log('nor this')");
        Write(folder["main.py"], "print('this')");

        Assert.That(await StartAsync(folder.Path), Is.EqualTo((0, "this", "")));
    }

    [TestCase("graph.py", "")]
    [TestCase("package.json", "{}")]
    [TestCase("package.json", "no JSON")]
    [TestCase("inner/outer/main.py", "")]
    public async Task Start_WhenThereIsNothingToStart_SaysWhatIsMissing(string file, string content)
    {
        using var folder = new TemporaryFolder();
        Write(folder[file], content);

        var (code, output, errors) = await StartAsync(folder.Path);

        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.StartWith("There is nothing to start").And.Contain("main.py"));
    }

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static async Task<(int Code, string Output, string Errors)> StartAsync(string code, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "agent-runtime", "start"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AGENT_CODE"] = code;
        start.Environment["NO_UPDATE_NOTIFIER"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.Trim(), (await errors).Trim());
    }
}
