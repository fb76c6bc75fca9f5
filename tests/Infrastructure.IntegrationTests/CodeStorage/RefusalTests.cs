using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>Each way in which an upload isn't acceptable, with the reason that is given. Each also shows that nothing stays behind.</summary>
internal sealed class RefusalTests : CodeStorageFixture
{
    private const int LocalHeaderOfA = 30 + 1;

    [TestCase("")]
    [TestCase("PK")]
    [TestCase("This is a text file, whatever its name says.")]
    [TestCase("#!/bin/sh\nPK\u0003\u0004")]
    public void Stage_WhenFileIsNoZip_IsRefused(string content) =>
        Assert.That(RefusalOf(Encoding.UTF8.GetBytes(content)), Is.EqualTo("The file isn't a ZIP archive."));

    [Test]
    public void Stage_WhenZipHoldsNothing_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Build()), Is.EqualTo("The ZIP holds no files."));

    [Test]
    public void Stage_WhenZipHoldsOnlyFolders_IsRefused() =>
        Assert.That(RefusalOf(ZipCrafter.Of("a/", "a/b/")), Is.EqualTo("The ZIP holds no files."));

    [Test]
    public void Stage_WhenZipHoldsOnlyLitterOfMacOs_IsRefused() =>
        Assert.That(RefusalOf(ZipCrafter.Of("__MACOSX/._main.py", ".DS_Store")), Is.EqualTo("The ZIP holds no files."));

    [Test]
    public void Stage_WhenZipIsCutAnywhere_IsRefused()
    {
        var zip = ZipCrafter.Of("main.py", "lib/a.py");
        for (var length = 0; length < zip.Length; length++)
            Assert.That(RefusalOf(zip[..length]), Does.Contain("isn't a ZIP").Or.Contain("damaged"), $"cut after {length} bytes");
    }

    [Test]
    public void Stage_WhenDataFollowsTheEnd_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter { Trailer = [0] }.Add("a").Build()), Does.Contain("other data follows"));

    [Test]
    public void Stage_WhenAnotherArchiveIsAppended_IsRefused() =>
        Assert.That(RefusalOf([.. ZipCrafter.Of("a"), .. ZipCrafter.Of("b")]), Does.Contain("central directory isn't where its end says"));

    [Test]
    public void Stage_WhenAnotherArchiveHidesInTheComment_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter { Comment = ZipCrafter.Of("b") }.Add("a").Build()), Does.Contain("central directory isn't"));

    [Test]
    public void Stage_WhenDataPrecedesTheFirstEntry_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter { Prefix = "PK\u0003\u0004 hidden"u8.ToArray() }.Add("a").Build()),
            Does.Contain("in front of its first entry"));

    [Test]
    public void Stage_WhenAnEntryIsHiddenFromTheDirectory_IsRefused()
    {
        var hidden = ZipCrafter.Of("b")[..(30 + 1 + 4)];
        Assert.That(RefusalOf(new ZipCrafter { BeforeDirectory = hidden }.Add("a").Build()), Does.Contain("belongs to none of them"));
    }

    [Test]
    public void Stage_WhenDescriptorLies_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.Descriptor = new byte[16]).Build()),
            Does.Contain("belongs to none of them"));

    [TestCase(2)]
    [TestCase(0)]
    [TestCase(10_001)]
    [TestCase(30_001)]
    public void Stage_WhenEndCountsOtherEntriesThanThereAre_IsRefused(long count) =>
        Assert.That(RefusalOf(new ZipCrafter { EntryCount = count }.Add("a").Build()), Does.Contain("damaged").Or.Contain("10,000 entries"));

    [TestCase(long.MaxValue)]
    [TestCase(-1)]
    public void Stage_WhenZip64EndClaimsAbsurdNumbers_IsRefused(long count) =>
        Assert.That(
            RefusalOf(new ZipCrafter { Zip64 = true, EntryCount = count }.Add("a").Build()), Does.Contain("broken").Or.Contain("entries"));

    [TestCase(1)]
    [TestCase(-1)]
    public void Stage_WhenDirectoryIsElsewhere_IsRefused(int shift) =>
        Assert.That(RefusalOf(new ZipCrafter { DirectoryShift = shift }.Add("a").Build()), Does.Contain("central directory isn't"));

    [Test]
    public void Stage_WhenLocalHeaderHasAnotherName_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalName = "b"u8.ToArray()).Build()),
            Is.EqualTo("The ZIP's entry \"a\" has another name in its local header than in the central directory."));

    [Test]
    public void Stage_WhenLocalHeaderHasANameOfAnotherLength_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalName = "../a"u8.ToArray()).Build()), Does.Contain("another name"));

    [Test]
    public void Stage_WhenLocalHeaderHasAnotherMethod_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalMethod = 8).Build()), Does.Contain("another compression method"));

    [Test]
    public void Stage_WhenLocalHeaderHasAnotherSize_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalPackedSize = 3).Build()), Does.Contain("another size"));

    [Test]
    public void Stage_WhenLocalHeaderHasAnotherChecksum_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalCrc = 0).Build()), Does.Contain("another checksum"));

    [TestCase(1)]
    [TestCase(1 << 6)]
    [TestCase(1 << 13)]
    public void Stage_WhenEntryIsEncrypted_IsRefused(int flag)
    {
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.Flags = (ushort)flag).Build()),
            Is.EqualTo("The ZIP's entry \"a\" is encrypted; upload the code without a password."));
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.LocalFlags = (ushort)flag).Build()), Does.Contain("is encrypted"));
    }

    [TestCase(1)]
    [TestCase(9)]
    [TestCase(12)]
    [TestCase(14)]
    [TestCase(93)]
    [TestCase(99)]
    public void Stage_WhenMethodIsUnknown_IsRefused(int method) =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.Method = (ushort)method).Build()), Does.Contain($"with method {method};"));

    [TestCase("/etc/passwd", "absolute path")]
    [TestCase("//server/share", "absolute path")]
    [TestCase("/", "absolute path")]
    [TestCase("..", "\"..\" segment")]
    [TestCase("../a", "\"..\" segment")]
    [TestCase("a/../../b", "\"..\" segment")]
    [TestCase("a/..", "\"..\" segment")]
    [TestCase("./a", "\".\" or")]
    [TestCase("a/./b", "\".\" or")]
    [TestCase("a/.", "\".\" or")]
    [TestCase("../", "\"..\" segment")]
    [TestCase("a//b", "empty segment")]
    [TestCase("a//", "empty segment")]
    [TestCase("C:/a", "drive letter")]
    [TestCase("c:a", "drive letter")]
    [TestCase("C:", "drive letter")]
    [TestCase("..\\a", "backslash")]
    [TestCase("\\\\server\\share\\a", "backslash")]
    [TestCase("C:\\a", "backslash")]
    [TestCase("a\\b", "backslash")]
    [TestCase("a\0b", "control character")]
    [TestCase("main.py\0.txt", "control character")]
    [TestCase("a\nb", "control character")]
    [TestCase("a\u007f", "control character")]
    [TestCase("a\u0085", "control character")]
    [TestCase("__MACOSX/../../a", "\"..\" segment")]
    public void Stage_WhenPathIsNotPlain_IsRefused(string path, string reason) => Assert.That(RefusalOf(ZipCrafter.Of(path)), Does.Contain(reason));

    [Test]
    public void Stage_WhenEntryHasNoName_IsRefused() => Assert.That(RefusalOf(ZipCrafter.Of("")), Does.Contain("without a name"));

    [Test]
    public void Stage_WhenUnicodeFieldHoldsATrap_IsRefused()
    {
        byte[] field = [0x75, 0x70, 9, 0, 1, 0, 0, 0, 0, .. "../a"u8];
        BinaryPrimitives.WriteUInt32LittleEndian(field.AsSpan(5), Crc32.Of("a"u8));
        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: entry => entry.Extra = field).Build()), Does.Contain("\"..\" segment"));
    }

    [Test]
    public void Stage_WhenNameIsNotUtf8AsItClaims_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add([0xC3, 0x28], [1]).Build()), Does.Contain("isn't valid UTF-8"));

    [TestCase("a", 256)]
    [TestCase("é", 128)]
    [TestCase("directory/", 26)]
    public void Stage_WhenPathIsLongerThan255Bytes_IsRefused(string part, int count) =>
        Assert.That(
            RefusalOf(ZipCrafter.Of(string.Concat(Enumerable.Repeat(part, count)).TrimEnd('/'))), Does.Contain("more than 255 bytes").And.Length.LessThan(250));

    [TestCase(0xA1FF, "symbolic link")]
    [TestCase(0x11A4, "device or another special file")]
    [TestCase(0x21A4, "device or another special file")]
    [TestCase(0x61A4, "device or another special file")]
    [TestCase(0xC1A4, "device or another special file")]
    [TestCase(0x41ED, "device or another special file")]
    public void Stage_WhenEntryIsNoPlainFile_IsRefused(int mode, string reason) =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", "/etc/passwd", entry => entry.UnixMode = (ushort)mode).Build()), Does.Contain(reason));

    [TestCase("a", "a")]
    [TestCase("a", "A")]
    [TestCase("Straße/É.py", "straße/é.PY")]
    [TestCase("Σ", "ς")]
    [TestCase("a/", "a/")]
    [TestCase("a", "a/")]
    [TestCase("a", "a/b")]
    [TestCase("a/b", "a")]
    [TestCase("A/b/c", "a/B")]
    [TestCase("a/x", "A/y")]
    [TestCase("a/x", "A/")]
    public void Stage_WhenTwoEntriesClaimOnePath_IsRefused(string first, string second) =>
        Assert.That(
            RefusalOf(ZipCrafter.Of(first, second)),
            Does.Contain("twice").Or.Contain("the same path").Or.Contain("which is a file").Or.Contain("also spelled"));

    [Test]
    public void Stage_WhenThereAreTooManyEntries_IsRefused() =>
        Assert.That(
            RefusalOf(ZipCrafter.Of([.. Enumerable.Range(0, 10_001).Select(i => $"f{i}")])), Is.EqualTo("The ZIP holds more than 10,000 entries."));

    [Test]
    public void Stage_WhenFewEntriesNameTooManyFolders_IsRefused()
    {
        var depths = string.Concat(Enumerable.Repeat("/d", 100));
        Assert.That(RefusalOf(ZipCrafter.Of([.. Enumerable.Range(0, 200).Select(i => $"{i}{depths}")])), Does.Contain("more than 10000 folders"));
    }

    [Test]
    public async Task Stage_WhenFileIsTooLarge_IsRefusedWithoutReadingOn()
    {
        await using var storage = Another(options => options with { MaxPackedBytes = 200 });
        var zip = ZipCrafter.Of("a", "b", "c");
        Assert.That(RefusalOf(zip, storage), Is.EqualTo("The file is larger than 200 bytes."));
    }

    [Test]
    public async Task Stage_WhenItUnpacksToTooMuch_IsRefused()
    {
        await using var storage = Another(options => options with { MaxUnpackedBytes = 7 });
        Assert.That(RefusalOf(ZipCrafter.Of("a", "b"), storage), Is.EqualTo("The ZIP unpacks to more than 7 bytes."));
    }

    [Test]
    public void Stage_WhenSizesOverflowTheirSum_IsRefused()
    {
        byte[] zip64 = [1, 0, 8, 0, .. BitConverter.GetBytes(long.MaxValue - 10)];
        void Claim(CraftedEntry entry)
        {
            entry.Deflate();
            entry.UnpackedSize = uint.MaxValue;
            entry.Extra = zip64;
            entry.LocalExtra = zip64;
        }

        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: Claim).Add("b", change: Claim).Build()), Does.Contain("more than 1 GB"));
    }

    [Test]
    public void Stage_WhenAnEntryIsABomb_IsRefused() =>
        Assert.That(RefusalOf(Bomb(declared: null)), Does.Contain("\"bomb\" unpacks to more than 100 times its size"));

    [Test]
    public void Stage_WhenABombSaysItIsSmall_IsRefused() =>
        Assert.That(RefusalOf(Bomb(declared: 1000)), Is.EqualTo("The ZIP's entry \"bomb\" is larger than the ZIP says."));

    [Test]
    public void Stage_WhenManySmallEntriesMakeABomb_IsRefused()
    {
        var crafter = new ZipCrafter();
        for (var i = 0; i < 100; i++)
            crafter.Add(Encoding.UTF8.GetBytes($"{i}"), new byte[500_000], entry => entry.Deflate());
        Assert.That(RefusalOf(crafter.Build()), Does.StartWith("The ZIP unpacks to more than 100 times"));
    }

    [Test]
    public void Stage_WhenEntriesShareTheirData_IsRefused()
    {
        var zip = new ZipCrafter().Add("a").Add("a/b", change: entry => entry.ClaimedOffset = 0);
        Assert.That(RefusalOf(zip.Build()), Does.Contain("another name"));

        var overlapping = new ZipCrafter()
            .Add("a"u8.ToArray(), [.. "12345678"u8, .. ZipCrafter.Of("b")[..35]])
            .Add("b", change: entry => entry.ClaimedOffset = LocalHeaderOfA + 8);
        Assert.That(RefusalOf(overlapping.Build()), Does.Contain("overlap"));
    }

    [Test]
    public void Stage_WhenDataReachesIntoTheDirectory_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry => entry.PackedSize = entry.UnpackedSize = 50).Build()), Does.Contain("doesn't fit"));

    [Test]
    public void Stage_WhenFileIsSmallerThanItSays_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry =>
            {
                entry.Deflate();
                entry.UnpackedSize = 5;
            }).Build()),
            Does.Contain("smaller than the ZIP says"));

    [Test]
    public void Stage_WhenStoredSizesDiffer_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add("a", change: entry => entry.UnpackedSize = 5).Build()), Does.Contain("two different sizes"));

    [Test]
    public void Stage_WhenAFolderHoldsData_IsRefused() =>
        Assert.That(RefusalOf(new ZipCrafter().Add("a").Add("b/", "data").Build()), Does.Contain("a folder that holds data"));

    [Test]
    public void Stage_WhenChecksumIsWrong_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("first").Add("a", change: entry => entry.Crc ^= 1).Build()),
            Is.EqualTo("The ZIP is damaged or incomplete: the checksum of \"a\" is wrong."));

    [Test]
    public void Stage_WhenDeflatedDataIsBroken_IsRefused() =>
        Assert.That(
            RefusalOf(new ZipCrafter().Add("a", change: entry =>
            {
                entry.Method = 8;
                entry.Data = [0xFF, 0xFF, 0xFF, 0xFF];
            }).Build()),
            Does.Contain("can't be unpacked"));

    [Test]
    public async Task Stage_WhenRandomBytesAreChanged_NeverFailsInAnotherWay()
    {
        var random = new Random(1);
        var good = new ZipCrafter { Zip64 = true, Comment = "comment"u8.ToArray() }
            .Add("main.py", "print('hello')", entry => entry.Deflate()).Add("lib/").Add("lib/a.py").Build();
        for (var i = 0; i < 1000; i++)
        {
            var zip = (byte[])good.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
                zip[random.Next(zip.Length)] = (byte)random.Next(256);
            try
            {
                await using var staged = await Storage.StageAsync(Guid.CreateVersion7(), new MemoryStream(zip), CancellationToken.None);
            }
            catch (ValidationFailedException)
            {
                // A refusal is as good as a change that doesn't matter. Anything else fails the test.
            }
        }

        AssertNothingLeftBehind();
    }

    /// <summary>A gigabyte of zeros in a megabyte: one deflated piece, repeated, as its history is the same each time.</summary>
    private static byte[] Bomb(uint? declared)
    {
        const int Piece = 16 * 1024 * 1024;
        using var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal);
        deflate.Write(new byte[Piece]);
        deflate.Flush();
        var bytes = packed.ToArray();
        byte[] data = [.. Enumerable.Repeat(bytes, 63).SelectMany(piece => piece), 3, 0];
        return new ZipCrafter().Add("bomb"u8.ToArray(), data, entry =>
        {
            entry.Method = 8;
            entry.UnpackedSize = declared ?? 63 * Piece;
        }).Build();
    }
}
