using System.Globalization;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>Where things are below the base folder, and what is called how in an agent's folder.</summary>
internal sealed class CodePaths(string basePath)
{
    public const string ZipName = "agent.zip";
    public const string CodeName = "extracted";
    public const string RevisionsName = "revisions";
    public const string CurrentName = "current";

    public string Base { get; } = Path.GetFullPath(basePath);

    public string Stacks => Path.Combine(Base, "stacks");

    public string Stack(Guid stackId) => Path.Combine(Stacks, stackId.ToString());

    public string Agents(Guid stackId) => Path.Combine(Stack(stackId), "agents");

    public string Agent(Guid stackId, Guid agentId) => Path.Combine(Agents(stackId), agentId.ToString());

    public string Revision(Guid stackId, Guid agentId, int revision) => RevisionIn(Agent(stackId, agentId), revision);

    public static string RevisionIn(string agentFolder, int revision) => Path.Combine(agentFolder, RevisionsName, Name(revision));

    /// <summary>Whether both halves are there.</summary>
    public static bool HoldsPair(string revisionFolder) =>
        File.Exists(Path.Combine(revisionFolder, ZipName)) && Directory.Exists(Path.Combine(revisionFolder, CodeName));

    /// <summary>The revisions that have a folder; others in it aren't ours. Links neither, wherever they point.</summary>
    public static IEnumerable<int> RevisionsIn(string agentFolder)
    {
        foreach (var folder in Subfolders(Path.Combine(agentFolder, RevisionsName)))
        {
            if (int.TryParse(folder, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) && Name(revision) == folder)
                yield return revision;
        }
    }

    /// <summary>The subfolders that are named like ids; others aren't ours. Links neither.</summary>
    public static IEnumerable<Guid> IdsIn(string folder)
    {
        foreach (var name in Subfolders(folder))
        {
            if (Guid.TryParseExact(name, "D", out var id) && id.ToString() == name)
                yield return id;
        }
    }

    /// <summary>Removes the folders of a stack that has no agents.</summary>
    public void RemoveIfEmpty(Guid stackId)
    {
        try
        {
            Directory.Delete(Agents(stackId));
            Directory.Delete(Stack(stackId));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not empty, not there or not ours: an empty folder harms nobody.
        }
    }

    private static string Name(int revision) => revision.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Subfolders(string folder)
    {
        var directory = new DirectoryInfo(folder);
        return directory.Exists ? directory.EnumerateDirectories().Where(inner => inner.LinkTarget is null).Select(inner => inner.Name) : [];
    }
}
