namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>
/// The files and folders of an archive, told apart without regard to case (by Unicode's simple mapping), so that the code means the same on
/// every file system.
/// </summary>
internal sealed class PathTree(int maxFolders)
{
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.OrdinalIgnoreCase);
    private int _impliedFolders;

    public void Add(string path, bool isFolder)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            AddParent(path, path[..slash]);

        if (_nodes.TryGetValue(path, out var existing))
        {
            if (!isFolder || !existing.IsFolder)
                throw Refusal.Entry(path, $"has the same path as \"{Refusal.Quote(existing.Path)}\" (upper and lower case count as the same)");
            if (existing.HasEntry || existing.Path != path)
                throw Refusal.Entry(path, "is in the ZIP twice (upper and lower case count as the same)");
        }

        _nodes[path] = new Node(path, isFolder, HasEntry: true);
    }

    private void AddParent(string path, string parent)
    {
        if (_nodes.TryGetValue(parent, out var existing))
        {
            if (!existing.IsFolder)
                throw Refusal.Entry(path, $"lies in \"{Refusal.Quote(existing.Path)}\", which is a file");
            if (existing.Path != parent)
                throw Refusal.Entry(path, $"lies in a folder that is also spelled \"{Refusal.Quote(existing.Path)}\"");
            return;
        }

        // A path can be a hundred folders deep: without this limit ten thousand entries would make a million folders.
        if (++_impliedFolders > maxFolders)
            throw Refusal.Because($"The ZIP holds more than {maxFolders} folders.");

        _nodes.Add(parent, new Node(parent, IsFolder: true, HasEntry: false));
    }

    private readonly record struct Node(string Path, bool IsFolder, bool HasEntry);
}
