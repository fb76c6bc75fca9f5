namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>
/// One file or folder that will be unpacked; every rule about it but the truth of its sizes and checksum has been checked. The path is relative,
/// with <c>/</c> between its segments and none at the end; the data offset is that of the data itself, behind the local header.
/// </summary>
internal sealed record ZipEntry(
    string Path,
    bool IsFolder,
    bool IsExecutable,
    bool IsDeflated,
    uint Crc32,
    long PackedSize,
    long UnpackedSize,
    long DataOffset);
