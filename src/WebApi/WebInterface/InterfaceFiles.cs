using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.StaticFiles;

namespace StackAgent.WebApi.WebInterface;

/// <summary>
/// The files of the built web interface. They are a megabyte in all and read once, at the start: no request ever leads to a path on the disk.
/// </summary>
internal sealed class InterfaceFiles
{
    private const string Page = "index.html";
    private const string HashedFolder = "assets/";

    private static readonly string[] CompressedForms = [".br", ".gz"];

    private readonly FrozenDictionary<string, InterfaceFile> _files;

    private InterfaceFiles(FrozenDictionary<string, InterfaceFile> files)
    {
        _files = files;
        Index = files.GetValueOrDefault(Page);
    }

    /// <summary>The page that is every route of the interface; null when the interface isn't built.</summary>
    public InterfaceFile? Index { get; }

    /// <summary>Reads the folder that a build makes; one that isn't there is an interface that isn't built.</summary>
    public static InterfaceFiles Read(string folder)
    {
        if (!Directory.Exists(folder))
            return new InterfaceFiles(FrozenDictionary<string, InterfaceFile>.Empty);

        var types = new FileExtensionContentTypeProvider();
        return new InterfaceFiles(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => !CompressedForms.Contains(Path.GetExtension(path), StringComparer.Ordinal))
            .ToFrozenDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), path => ReadFile(folder, path, types), StringComparer.Ordinal));
    }

    /// <summary>Finds a file by its path below the interface's own, as it is written.</summary>
    public bool TryFind(string path, [NotNullWhen(true)] out InterfaceFile? file) => _files.TryGetValue(path, out file);

    /// <summary>Whether a path is that of a file and never that of a page.</summary>
    public static bool IsHashed(string path) => path.StartsWith(HashedFolder, StringComparison.Ordinal);

    private static InterfaceFile ReadFile(string folder, string path, FileExtensionContentTypeProvider types)
    {
        var type = types.TryGetContentType(path, out var known) ? known : "application/octet-stream";
        return new InterfaceFile(
            type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type,
            IsHashed(Path.GetRelativePath(folder, path).Replace('\\', '/')),
            File.ReadAllBytes(path),
            ReadIfThere($"{path}.br"),
            ReadIfThere($"{path}.gz"));
    }

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
