namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// The links in an agent's folder: <c>current → revisions/3</c>, and through it <c>agent.zip</c> and <c>extracted</c>, so that one rename turns both.
/// Relative, so that they lead to the same place wherever the folder is mounted.
/// </summary>
internal static class CodeLinks
{
    /// <summary>Makes them lead to a revision, for good.</summary>
    /// <param name="agentFolder">Has to be there.</param>
    /// <param name="revision">Which one.</param>
    /// <param name="draft">A free path on the same file system, where a link waits to be renamed.</param>
    public static void PointAt(string agentFolder, int revision, string draft)
    {
        var changed = Link(CodePaths.CurrentName, $"{CodePaths.RevisionsName}/{revision}");
        changed |= Link(CodePaths.ZipName, $"{CodePaths.CurrentName}/{CodePaths.ZipName}");
        changed |= Link(CodePaths.CodeName, $"{CodePaths.CurrentName}/{CodePaths.CodeName}");
        if (changed)
            Disk.FlushFolder(agentFolder);

        bool Link(string name, string target)
        {
            var path = Path.Combine(agentFolder, name);
            var link = new FileInfo(path);
            if (link.LinkTarget == target)
                return false;

            // The pair of before there were revisions, which is the agent's only code.
            if (link.LinkTarget is null && (link.Exists || Directory.Exists(path)))
                throw new IOException($"'{path}' should be a link, but isn't.");

            File.Delete(draft);
            File.CreateSymbolicLink(draft, target);
            Disk.Replace(draft, path);
            return true;
        }
    }
}
