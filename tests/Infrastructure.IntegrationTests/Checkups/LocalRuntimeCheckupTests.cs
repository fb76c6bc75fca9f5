using StackAgent.Infrastructure.Checkups;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

internal sealed class LocalRuntimeCheckupTests
{
    [Test]
    public async Task Examine_WhenOneInterpreterIsThere_WarnsOfTheOthers()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["node"], "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder["node"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var findings = new Findings();

        await InfrastructureCheckups.LocalRuntime($"/nowhere:{folder.Path}").ExamineAsync(findings, CancellationToken.None);

        Assert.That(findings.All.Single(finding => finding.Grade == Grade.Ok), Is.EqualTo(new Finding(Grade.Ok, "node", folder["node"])));
        Assert.That(
            findings.All.Where(finding => finding.Grade == Grade.Warning).Select(finding => finding.What), Is.EquivalentTo(["python3", "npm", "sh", "setpriv"]));
    }
}
