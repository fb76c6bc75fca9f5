using System.IO.Compression;
using System.Runtime.Versioning;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>What is accepted, and how it lies on the disk afterwards.</summary>
[UnsupportedOSPlatform("windows")]
[NonParallelizable]
internal sealed class IntakeTests : CodeStorageFixture
{
    private static readonly string[] MainOnly = ["main.py"];
    private static readonly string[] MainAndLibrary = ["lib/a.py", "main.py"];

    [Test]
    public async Task Stage_WhenFilesAreAtTheRoot_KeepsTheirPlaces() =>
        Assert.That(await UnpackAsync(ZipCrafter.Of("main.py", "lib/a.py")), Is.EqualTo(MainAndLibrary));

    [TestCase("project/", "project/main.py", "project/lib/a.py")]
    [TestCase("project/main.py", "project/lib/", "project/lib/a.py")]
    [TestCase("main.py", "lib/a.py", "lib/")]
    public async Task Stage_WhenThereIsOneTopLevelFolder_TakesItAsTheRoot(params string[] names) =>
        Assert.That(await UnpackAsync(ZipCrafter.Of(names)), Is.EqualTo(MainAndLibrary));

    [Test]
    public async Task Stage_WhenTwoFoldersAreAtTheTop_TakesNoneAsTheRoot() =>
        Assert.That(await UnpackAsync(ZipCrafter.Of("a/main.py", "ab/main.py")), Is.EqualTo(new[] { "a/main.py", "ab/main.py" }));

    [Test]
    public async Task Stage_WhenRootHoldsAFolderOfItsOwnName_TakesOffOneOnly() =>
        Assert.That(await UnpackAsync(ZipCrafter.Of("a/a/main.py")), Is.EqualTo(new[] { "a/main.py" }));

    [Test]
    public async Task Stage_WhenMacOsAddedItsLitter_DropsIt() =>
        Assert.That(
            await UnpackAsync(ZipCrafter.Of(
                "agent/", "__MACOSX/", "__MACOSX/._agent", ".DS_Store", "agent/.DS_Store", "agent/main.py", "__MACOSX/agent/._main.py")),
            Is.EqualTo(MainOnly));

    [Test]
    public async Task Stage_WhenLitterAloneExceedsTheLimit_DoesNotCountIt()
    {
        await using var storage = Another(options => options with { MaxEntries = 2 });
        await using var staged = await storage.StageAsync(
            Guid.CreateVersion7(), new MemoryStream(ZipCrafter.Of("main.py", "a", "__MACOSX/._main.py", "__MACOSX/._a")), CancellationToken.None);
        Assert.That(AllPaths().Count(path => Path.GetFileName(path) is "main.py" or "a"), Is.EqualTo(2));
    }

    [Test]
    public async Task Stage_WhenEntriesAreExactlyAtTheLimit_Accepts()
    {
        await using var storage = Another(options => options with { MaxEntries = 20 });
        await using var staged = await storage.StageAsync(
            Guid.CreateVersion7(),
            new MemoryStream(ZipCrafter.Of([.. Enumerable.Range(0, 20).Select(i => $"project/f{i}")])),
            CancellationToken.None);
        Assert.That(AllPaths().Count(path => Path.GetFileName(path).StartsWith('f')), Is.EqualTo(20));
    }

    [Test]
    public async Task Stage_WhenPathHasExactly255Bytes_Accepts()
    {
        var name = new string('é', 127) + "x";
        Assert.That(await UnpackAsync(ZipCrafter.Of(name)), Is.EqualTo(new[] { name }));
    }

    [Test]
    public async Task Stage_WhenNamesAreUnicode_KeepsThem()
    {
        string[] names = ["naïve.txt", "ポーズ/実現.py", "🚀.md"];
        Assert.That(await UnpackAsync(ZipCrafter.Of(names)), Is.EquivalentTo(names));
    }

    [Test]
    public async Task Stage_WhenPackerForgotToSayUtf8_ReadsNamesAsUtf8() =>
        Assert.That(await UnpackAsync(new ZipCrafter().Add("é.py", change: entry => entry.Flags = 0).Build()), Is.EqualTo(new[] { "é.py" }));

    [Test]
    public async Task Stage_WhenNamesAreInTheDosCodePage_ReadsThem() =>
        Assert.That(
            await UnpackAsync(new ZipCrafter().Add([0x82, .. ".py"u8], [1], entry => entry.Flags = 0).Build()), Is.EqualTo(new[] { "é.py" }));

    [Test]
    public async Task Stage_WhenThereIsAUnicodeField_PrefersIt()
    {
        byte[] name = [0xA8, .. ".py"u8];
        byte[] field = [1, .. BitConverter.GetBytes(Crc32.Of(name)), .. "и.py"u8];
        var zip = new ZipCrafter().Add(name, [1], entry =>
        {
            entry.Flags = 0;
            entry.Extra = [0x75, 0x70, (byte)field.Length, 0, .. field];
        });
        Assert.That(await UnpackAsync(zip.Build()), Is.EqualTo(new[] { "и.py" }));
    }

    [Test]
    public async Task Stage_WhenZipIsZip64_Unpacks()
    {
        byte[] sizes = [1, 0, 16, 0, .. BitConverter.GetBytes(4L), .. BitConverter.GetBytes(4L)];
        var zip = new ZipCrafter { Zip64 = true, Comment = "made elsewhere"u8.ToArray() }
            .Add("main.py", change: entry =>
            {
                entry.PackedSize = entry.UnpackedSize = uint.MaxValue;
                entry.Extra = sizes;
                entry.LocalExtra = sizes;
            })
            .Add("lib/a.py", change: entry =>
            {
                entry.LocalPackedSize = entry.LocalUnpackedSize = uint.MaxValue;
                entry.LocalExtra = sizes;
            });
        Assert.That(await UnpackAsync(zip.Build()), Is.EqualTo(MainAndLibrary));
    }

    [TestCase(true, false)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public async Task Stage_WhenSizesFollowTheData_Unpacks(bool isSigned, bool isWide)
    {
        void Stream(CraftedEntry entry)
        {
            entry.Flags |= 1 << 3;
            entry.LocalCrc = 0;
            entry.LocalPackedSize = entry.LocalUnpackedSize = 0;
            byte[] signature = isSigned ? [.. "PK\u0007\u0008"u8] : [];
            byte[] size = isWide ? BitConverter.GetBytes(entry.PackedSize) : BitConverter.GetBytes((uint)entry.PackedSize);
            entry.Descriptor = [.. signature, .. BitConverter.GetBytes(entry.Crc), .. size, .. size];
        }

        Assert.That(await UnpackAsync(new ZipCrafter().Add("main.py", change: Stream).Add("lib/a.py", change: Stream).Build()), Is.EqualTo(MainAndLibrary));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stage_WhenPackedByTheFramework_KeepsEveryByte(bool canSeek)
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        using var packed = new MemoryStream();
        await using (var archive = new ZipArchive(canSeek ? packed : new WriteOnly(packed), ZipArchiveMode.Create, leaveOpen: true))
        {
            archive.CreateEntry("agent/");
            foreach (var level in Enum.GetValues<CompressionLevel>())
            {
                await using var entry = await archive.CreateEntry($"agent/{level}", level).OpenAsync();
                await entry.WriteAsync(content);
            }

            archive.CreateEntry("agent/empty");
        }

        var code = await StoreAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), packed.ToArray());
        foreach (var level in Enum.GetValues<CompressionLevel>())
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(code, $"{level}")), Is.EqualTo(content));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(code, "empty")), Is.Empty);
    }

    [Test]
    public async Task Stage_WhenZipCarriesModes_KeepsOnlyWhetherAFileIsAProgram()
    {
        var zip = new ZipCrafter()
            .Add("run", change: entry => entry.UnixMode = 0x8000 | 0xFFF)
            .Add("secret", change: entry => entry.UnixMode = 0x8000)
            .Add("plain", change: entry => entry.UnixMode = 0)
            .Add("d/", "", entry => entry.UnixMode = 0x4000 | 0xFFF);
        var code = await StoreAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), zip.Build());
        string ModeOf(string name) => Convert.ToString((int)File.GetUnixFileMode(Path.Combine(code, name)), 8);
        Assert.Multiple(() =>
        {
            Assert.That(ModeOf("run"), Is.EqualTo("755"));
            Assert.That(ModeOf("secret"), Is.EqualTo("644"));
            Assert.That(ModeOf("plain"), Is.EqualTo("644"));
            Assert.That(ModeOf("d"), Is.EqualTo("755"));
            Assert.That(ModeOf(""), Is.EqualTo("755"));
        });
    }

    [Test]
    public async Task Stage_WhenAShortFileShrinksALot_Accepts() =>
        Assert.That(
            await UnpackAsync(new ZipCrafter().Add("main.py"u8.ToArray(), new byte[1024 * 1024], entry => entry.Deflate()).Build()),
            Is.EqualTo(MainOnly));

    [Test]
    public async Task Stage_WhenZipHas200Megabytes_TakesNoMemory()
    {
        using var zip = await LargeZipAsync();
        await using (await Storage.StageAsync(Guid.CreateVersion7(), new MemoryStream(ZipCrafter.Of("warm-up")), CancellationToken.None))
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await using var staged = await Storage.StageAsync(Guid.CreateVersion7(), zip, CancellationToken.None);
            Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(4 * 1024 * 1024));
        }
    }

    [Test]
    public void Crc32_WhenGivenTheCheckValue_Agrees() => Assert.That(Crc32.Of("123456789"u8), Is.EqualTo(0xCBF43926));

    private static async Task<FileStream> LargeZipAsync()
    {
        var file = new FileStream(
            Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var chunk = new byte[1024 * 1024];
        new Random(1).NextBytes(chunk);
        await using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var entry = await archive.CreateEntry("model.bin", CompressionLevel.NoCompression).OpenAsync();
            for (var i = 0; i < 199; i++)
                await entry.WriteAsync(chunk);
        }

        file.Position = 0;
        return file;
    }

    /// <summary>A network stream, as the framework's packer sees it: it then writes data descriptors.</summary>
    private sealed class WriteOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
