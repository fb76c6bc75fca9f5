using System.Diagnostics;

namespace StackAgent.Testing;

/// <summary>
/// StackAgent's own image on the node of <see cref="TestCluster"/>: the one that <c>TEST_IMAGE</c> names, else one that is made of what has been built for the
/// tests and put there, once for a test process.
/// </summary>
public static class TestImage
{
    private static readonly Lazy<Task<string>> Image = new(FindAsync);

    /// <summary>Its name and tag.</summary>
    public static Task<string> NameAsync() => Image.Value;

    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("TEST_IMAGE") is { Length: > 0 } given)
            return given;

        const string Name = "docker.io/local/stackagent:tests";
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        using var folder = new TemporaryFolder();
        var archive = folder["image.tar"];
        await BuildAsync(Name, archive, "--no-build", "--configuration", configuration);
        await PutOnNodeAsync(archive);
        return Name;
    }

    /// <summary>Makes an image.</summary>
    /// <param name="name">Its name and tag.</param>
    /// <param name="archive">The file that it is written to.</param>
    /// <param name="options">What else <c>deploy/image/build</c> is told.</param>
    public static Task BuildAsync(string name, string archive, params string[] options) =>
        RunAsync(Path.Combine(Repository.Root, "deploy", "image", "build"), ["--name", name, "--output", archive, .. options]);

    /// <summary>Puts an image onto the node of <see cref="TestCluster"/>.</summary>
    public static Task PutOnNodeAsync(string archive)
    {
        var socket = Path.Combine(Path.GetDirectoryName(TestCluster.KubeConfig)!, "containerd.sock");
        return RunAsync("ctr", "-a", socket, "-n", "k8s.io", "images", "import", archive);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}{output}");
    }
}
