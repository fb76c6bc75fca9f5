using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>Takes a ZIP from the network into a folder: receives it, checks it, unpacks it, and sees to it that all of it is on the disk.</summary>
internal sealed class CodeIntake(CodeStorageOptions options) : IDisposable
{
    private const int CopyBufferSize = 128 * 1024;

    // Unpacking takes a processor for seconds: more at once than there are processors would only starve the requests.
    private readonly SemaphoreSlim _unpacking = new(Environment.ProcessorCount);

    public async Task<CodeFacts> TakeAsync(Stream zip, string folder, CancellationToken cancellationToken)
    {
        Disk.CreateFolder(folder);
        using var file = File.OpenHandle(
            Path.Combine(folder, CodePaths.ZipName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
        var (digest, size) = await ReceiveAsync(zip, file, cancellationToken);
        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            var entries = await Task.Run(() => Unpack(file, folder, cancellationToken), cancellationToken);
            return new CodeFacts(digest, size, entries.Sum(entry => entry.UnpackedSize), entries.Count(entry => !entry.IsFolder));
        }
        finally
        {
            _unpacking.Release();
        }
    }

    public void Dispose() => _unpacking.Dispose();

    private async Task<(string Digest, long Size)> ReceiveAsync(Stream source, SafeFileHandle file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            var written = 0L;
            var isZip = false;
            while (true)
            {
                // Full buffers, as a body arrives in pieces of a few kilobytes; the first one shows whether the rest is worth waiting for.
                var count = await source.ReadAtLeastAsync(
                    buffer.AsMemory(0, CopyBufferSize), isZip ? CopyBufferSize : 4, throwOnEndOfStream: false, cancellationToken);
                if (!isZip)
                    ZipInspector.CheckStart(buffer.AsSpan(0, count));
                isZip = true;
                if (count == 0)
                    return (Convert.ToHexStringLower(hash.GetHashAndReset()), written);
                if (count > options.MaxPackedBytes - written)
                    throw Refusal.Because($"The file is larger than {Refusal.Size(options.MaxPackedBytes)}.");

                hash.AppendData(buffer.AsSpan(0, count));
                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), written, cancellationToken);
                written += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private IReadOnlyList<ZipEntry> Unpack(SafeFileHandle zip, string folder, CancellationToken cancellationToken)
    {
        var entries = new ZipInspector(zip, options).Inspect(cancellationToken);
        new ZipExtractor(zip, Path.Combine(folder, CodePaths.CodeName)).Extract(entries, cancellationToken);
        // Here and not at the publication, which happens inside a database transaction.
        Disk.FlushFileSystem(folder);
        return entries;
    }
}
