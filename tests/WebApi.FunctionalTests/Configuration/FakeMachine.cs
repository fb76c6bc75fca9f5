using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

/// <summary>A machine without files, which remembers what was asked of it.</summary>
internal sealed class FakeMachine : IMachine
{
    public HashSet<string> Folders { get; } = [];

    /// <summary>Folders that can't be written to, and files that can't even be read.</summary>
    public HashSet<string> ReadOnly { get; } = [];

    /// <summary>Path → text.</summary>
    public Dictionary<string, string> Files { get; } = [];

    public List<string> Made { get; } = [];

    public bool FolderExists(string path) => Folders.Contains(path);

    public bool CanWriteTo(string folder) => !ReadOnly.Contains(folder);

    public string? ReadText(string path) => ReadOnly.Contains(path) ? throw new UnauthorizedAccessException() : Files.GetValueOrDefault(path);

    public string MakeTemporaryFolder()
    {
        Made.Add("folder");
        return "/tmp/made";
    }

    public string MakeSecret()
    {
        Made.Add("secret");
        return new string('m', 43);
    }

    public string KeepSecret(string path)
    {
        Made.Add(path);
        return new string('k', 43);
    }
}
