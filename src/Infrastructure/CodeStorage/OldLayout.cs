namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// An agent's folder as it was before there were revisions: <c>agent.zip</c> and <c>extracted/</c> directly in it. Each step is a rename that leaves both
/// halves somewhere, so that the next start goes on where a crash stopped this one.
/// </summary>
internal static class OldLayout
{
    /// <summary>Moves the pair to where a revision's belongs, and puts links in its place. False when there is no complete pair in either.</summary>
    /// <param name="agentFolder">The agent's folder, whether or not it exists. Nobody else may do the same at that time.</param>
    /// <param name="revision">The number of the only revision that there is.</param>
    /// <param name="draft">A free path on the same file system.</param>
    public static bool TryBringUpToDate(string agentFolder, int revision, string draft)
    {
        var oldZip = new FileInfo(Path.Combine(agentFolder, CodePaths.ZipName));
        var oldCode = new DirectoryInfo(Path.Combine(agentFolder, CodePaths.CodeName));
        var hasOldZip = oldZip is { Exists: true, LinkTarget: null };
        var hasOldCode = oldCode is { Exists: true, LinkTarget: null };
        var place = CodePaths.RevisionIn(agentFolder, revision);
        var zip = Path.Combine(place, CodePaths.ZipName);
        var code = Path.Combine(place, CodePaths.CodeName);
        if (!(hasOldZip || File.Exists(zip)) || !(hasOldCode || Directory.Exists(code)))
            return false;

        if (hasOldZip || hasOldCode)
        {
            Disk.CreateFolder(Path.GetDirectoryName(place)!);
            Disk.CreateFolder(place);
            if (hasOldCode)
                oldCode.MoveTo(code);
            if (hasOldZip)
                oldZip.MoveTo(zip);
            foreach (var folder in (string[])[place, Path.GetDirectoryName(place)!, agentFolder])
                Disk.FlushFolder(folder);
        }

        CodeLinks.PointAt(agentFolder, revision, draft);
        return true;
    }
}
