using System.Text.Json;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>What to run for an agent: decided by nothing but the files of its code folder and the settings.</summary>
/// <param name="Program">A program's name, to be found on the agent's <c>PATH</c>.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="WorkingDirectory">Absolute folder to run it in.</param>
internal sealed record LaunchPlan(string Program, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    public const string CodeMissing = "CodeMissing";
    public const string NoStartCommand = "NoStartCommand";

    private const int MaxProcfileBytes = 64 * 1024;
    private const int MaxPackageJsonBytes = 1024 * 1024;
    private const int MaxFoldersSearched = 10_000;

    private static readonly HashSet<string> FoldersOfOthers =
        new(StringComparer.Ordinal) { "node_modules", "site-packages", "venv", "__pycache__" };

    /// <summary>The absolute path of the <c>graph.py</c> to serve; null when the code starts itself.</summary>
    public string? GraphPath { get; private init; }

    /// <summary>As <see cref="For(string, string?)"/>, with the settings' command and arguments in their place.</summary>
    public static LaunchPlan For(string codePath, AgentSettings settings, string? graphCommand)
    {
        var (command, arguments) = (settings.Command, settings.Args ?? []);
        if (command is null or [] || !Directory.Exists(codePath))
            return For(codePath, graphCommand).FollowedBy(arguments);

        return new LaunchPlan(command[0], [.. command.Skip(1), .. arguments], RootOf(codePath));
    }

    /// <summary>Throws <see cref="RuntimeRefusedException"/> with a sentence for the agent's owner when there is nothing to run.</summary>
    public static LaunchPlan For(string codePath, string? graphCommand)
    {
        if (!Directory.Exists(codePath))
            throw new RuntimeRefusedException(CodeMissing, "The agent's code is no longer on this server's disk. Delete the agent and upload it again.");

        var root = RootOf(codePath);
        if (WebLine(Path.Combine(root, "Procfile")) is { } line)
            return Shell(line, root);
        if (IsFile(Path.Combine(root, "main.py")))
            return new LaunchPlan("python3", ["-u", "main.py"], root);
        if (HasStartScript(Path.Combine(root, "package.json")))
            return new LaunchPlan("npm", ["start"], root);
        if (IsFile(Path.Combine(root, "index.js")))
            return new LaunchPlan("node", ["index.js"], root);
        if (FindGraph(root) is not { } graph)
        {
            throw new RuntimeRefusedException(
                NoStartCommand,
                "There is nothing to start in the agent's code. Its top folder needs a Procfile with a \"web:\" line, a main.py, "
                + "a package.json with a \"start\" script, or an index.js.");
        }

        if (string.IsNullOrWhiteSpace(graphCommand))
        {
            throw new RuntimeRefusedException(
                NoStartCommand,
                $"The agent's code is a graph.py alone, and this server has no command to serve one: set {LocalRuntimeOptions.GraphCommandVariable}, "
                + "or upload code with a Procfile, a main.py, a package.json with a \"start\" script, or an index.js.");
        }

        return Shell(graphCommand.Trim(), root) with { GraphPath = graph };
    }

    /// <summary>For logs.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(Program));

    /// <summary>Appends arguments: to a shell's command line as its last words, to npm as the script's.</summary>
    private LaunchPlan FollowedBy(IReadOnlyList<string> more) => (more, this) switch
    {
        ([], _) => this,
        (_, { Program: "sh", Arguments: [var option, var line] }) => this with { Arguments = [option, $"{line} \"$@\"", "sh", .. more] },
        (_, { Program: "npm" }) => this with { Arguments = [.. Arguments, "--", .. more] },
        _ => this with { Arguments = [.. Arguments, .. more] },
    };

    /// <summary>Code that was packed together with its folder starts inside it.</summary>
    private static string RootOf(string codePath)
    {
        var entries = new DirectoryInfo(codePath).EnumerateFileSystemInfos().Take(2).ToList();
        return entries is [DirectoryInfo { LinkTarget: null } only] ? only.FullName : codePath;
    }

    /// <summary>
    /// A simple command takes the shell's place, which saves a process for each agent. Anything else (lists, pipes, variables set
    /// in front) isn't what <c>exec</c> takes.
    /// </summary>
    private static LaunchPlan Shell(string command, string root)
    {
        var first = command.Split(' ', 2)[0];
        var simple = command.AsSpan().IndexOfAny(";&|(){}`!") < 0 && !first.Contains('=') && first is not ("exec" or "." or "source" or "cd");
        return new LaunchPlan("sh", ["-c", simple ? $"exec {command}" : command], root);
    }

    private static string? WebLine(string procfile)
    {
        if (!IsFile(procfile, MaxProcfileBytes))
            return null;

        foreach (var line in File.ReadLines(procfile))
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && line.AsSpan(0, colon).Trim() is "web" && line[(colon + 1)..].Trim() is { Length: > 0 } command)
                return command;
        }

        return null;
    }

    private static bool HasStartScript(string packageJson)
    {
        if (!IsFile(packageJson, MaxPackageJsonBytes))
            return false;

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(packageJson));
            return document.RootElement is { ValueKind: JsonValueKind.Object } package
                && package.TryGetProperty("scripts", out var scripts)
                && scripts.ValueKind == JsonValueKind.Object
                && scripts.TryGetProperty("start", out var start)
                && start.ValueKind == JsonValueKind.String
                && !string.IsNullOrWhiteSpace(start.GetString());
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The shallowest <c>graph.py</c>, the first by name among those of one depth.</summary>
    private static string? FindGraph(string root)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        var folders = new Queue<string>([root]);
        for (var searched = 0; searched < MaxFoldersSearched && folders.TryDequeue(out var folder); searched++)
        {
            var graph = Path.Combine(folder, "graph.py");
            if (IsFile(graph))
                return graph;

            foreach (var inner in Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal))
            {
                var name = Path.GetFileName(inner);
                if (!name.StartsWith('.') && !FoldersOfOthers.Contains(name))
                    folders.Enqueue(inner);
            }
        }

        return null;
    }

    /// <summary>
    /// A plain file, no link, and if it is to be read, of a sensible size. A named pipe, at which a read would hang, has no length.
    /// </summary>
    private static bool IsFile(string path, int? maxBytes = null)
    {
        var file = new FileInfo(path);
        return file is { Exists: true, LinkTarget: null } && (maxBytes is null || file.Length is > 0 && file.Length <= maxBytes);
    }
}
