using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

[TestFixture]
internal sealed class MachineTests
{
    private readonly Machine _machine = new();
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("stackagent-test-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void KeepSecret_WhenManyServersStartTogether_GivesAllTheSame()
    {
        var path = Path.Combine(_folder, "data", "secret.key");
        using var start = new Barrier(8);
        var secrets = new string[8];
        var threads = Enumerable.Range(0, 8).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            secrets[i] = _machine.KeepSecret(path);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Multiple(() =>
        {
            Assert.That(secrets.Distinct().ToList(), Has.Count.EqualTo(1));
            Assert.That(secrets[0], Has.Length.EqualTo(43));
            Assert.That(_machine.KeepSecret(path), Is.EqualTo(secrets[0]));
            Assert.That(Directory.GetFiles(Path.Combine(_folder, "data")), Is.EqualTo(new[] { path }));
            if (!OperatingSystem.IsWindows())
                Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        });
    }

    [Test]
    public void KeepSecret_WhenTheFileHoldsNone_SaysSo()
    {
        var path = Path.Combine(_folder, "secret.key");
        File.WriteAllText(path, "short");

        Assert.That(() => _machine.KeepSecret(path), Throws.TypeOf<SettingsException>().With.Message.Contains(path));
    }

    [Test]
    public void KeepSecret_WhenTheFolderCannotBeMade_SaysSo()
    {
        File.WriteAllText(Path.Combine(_folder, "data"), "");

        Assert.That(() => _machine.KeepSecret(Path.Combine(_folder, "data", "secret.key")), Throws.TypeOf<SettingsException>());
    }

    [Test]
    public void CanWriteTo_WhenTheFolderIsMissingOrAFile_LooksAtWhatIsThere()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");

        Assert.Multiple(() =>
        {
            Assert.That(_machine.CanWriteTo(Path.Combine(_folder, "not", "yet")), Is.True);
            Assert.That(_machine.CanWriteTo(Path.Combine(_folder, "file", "below")), Is.False);
            Assert.That(_machine.CanWriteTo("/proc/nothing"), Is.False);
            Assert.That(Directory.GetFileSystemEntries(_folder), Has.Length.EqualTo(1));
        });
    }

    [Test]
    public void ReadText_WhenThereIsNoFile_GivesNull()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "text");

        Assert.Multiple(() =>
        {
            Assert.That(_machine.ReadText(Path.Combine(_folder, "file")), Is.EqualTo("text"));
            Assert.That(_machine.ReadText(Path.Combine(_folder, "none")), Is.Null);
            Assert.That(_machine.ReadText(Path.Combine(_folder, "no", "folder")), Is.Null);
            Assert.That(() => _machine.ReadText(_folder), Throws.InstanceOf<UnauthorizedAccessException>());
        });
    }

    [Test]
    public void ReadText_WhenTheFileIsTooLarge_RefusesIt()
    {
        using (var file = File.Create(Path.Combine(_folder, "large")))
            file.SetLength((4 << 20) + 1);

        Assert.That(() => _machine.ReadText(Path.Combine(_folder, "large")), Throws.InstanceOf<IOException>());
    }
}
