namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>Where agents' code is kept and what a ZIP may cost. Sizes are in bytes; a value equal to a limit is accepted.</summary>
/// <param name="BasePath">The folder that holds <c>stacks/</c> and <c>.staging/</c>; made when it is missing. One file system, so that renaming works.</param>
/// <param name="MaxPackedBytes">The size of the ZIP itself.</param>
/// <param name="MaxUnpackedBytes">The sum of all its files.</param>
/// <param name="MaxEntries">Files and folders in the ZIP, without what macOS adds.</param>
/// <param name="MaxRatio">How many times larger than packed it may become, as a whole and each file; up to 1 MiB any ratio is fine.</param>
/// <param name="MaxNameBytes">The length of an entry's whole path in UTF-8.</param>
public sealed record CodeStorageOptions(
    string BasePath,
    long MaxPackedBytes = 200L * 1024 * 1024,
    long MaxUnpackedBytes = 1024L * 1024 * 1024,
    int MaxEntries = 10_000,
    int MaxRatio = 100,
    int MaxNameBytes = 255)
{
    /// <summary>For what was accepted once.</summary>
    internal CodeStorageOptions WithoutLimits() => this with
    {
        MaxPackedBytes = long.MaxValue,
        MaxUnpackedBytes = long.MaxValue,
        MaxEntries = Math.Max(MaxEntries, 1_000_000),
        MaxRatio = int.MaxValue,
        MaxNameBytes = ushort.MaxValue,
    };
}
