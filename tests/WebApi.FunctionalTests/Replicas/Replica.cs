using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Replicas;

/// <summary>One of several server processes on one PostgreSQL.</summary>
internal sealed class Replica(ServerProcess process) : IDisposable
{
    private const string Begins = "This server leads now";
    private const string StandsBy = "Another server leads";
    private const string Loses = "This server doesn't lead any more";

    public ServerProcess Process => process;

    /// <summary>What the server itself last said about it; null: nothing since its start.</summary>
    public bool? Leads
    {
        get
        {
            var output = process.Output;
            var (leads, doesNot) = (output.LastIndexOf(Begins, StringComparison.Ordinal), Math.Max(
                output.LastIndexOf(StandsBy, StringComparison.Ordinal), output.LastIndexOf(Loses, StringComparison.Ordinal)));
            return leads == doesNot ? null : leads > doesNot;
        }
    }

    public bool HasLost => process.Output.Contains(Loses, StringComparison.Ordinal);

    public Task UntilLeadingAsync() => Eventually.TrueAsync(() => Leads == true, "the server to lead");

    public Task UntilStandingByAsync() => Eventually.TrueAsync(() => Leads == false, "the server to stand by");

    public void Dispose()
    {
        // One that stands still doesn't end.
        if (process.HasStarted && !process.HasExited)
            process.Resume();
        process.Dispose();
    }

    /// <summary>Two replicas change places in every way there is: a crash, a process that stands still, an orderly end. Both run at the end.</summary>
    public static async Task ChangePlacesAsync(Replica one, Replica other)
    {
        await one.Process.StartAsync();
        await one.UntilLeadingAsync();
        await other.Process.StartAsync();
        await other.UntilStandingByAsync();
        using var caller = new Caller(other.Process.Client);
        await caller.SignUpAsync();
        await ShowThatWorkIsDoneAsync(caller);

        await one.Process.KillAsync();
        await other.UntilLeadingAsync();
        await ShowThatWorkIsDoneAsync(caller);

        await one.Process.StartAsync();
        await one.UntilStandingByAsync();
        other.Process.Suspend();
        await one.UntilLeadingAsync();
        other.Process.Resume();
        await Eventually.TrueAsync(() => other.HasLost, "the server that stood still to know");
        await other.UntilStandingByAsync();
        Assert.That(one.Leads, Is.True, "who took over goes on");
        await ShowThatWorkIsDoneAsync(caller);

        await one.Process.StopAsync();
        await other.UntilLeadingAsync();
        Assert.That(one.Process.Output, Does.Contain("This server has given up the lead"));
        await one.Process.StartAsync();
        await one.UntilStandingByAsync();
        await ShowThatWorkIsDoneAsync(caller);
    }

    /// <summary>A stack comes and goes only by the leader's hands.</summary>
    private static async Task ShowThatWorkIsDoneAsync(Caller caller)
    {
        var stack = await caller.CreateStackAsync();
        await caller.UntilAsync($"/api/stacks/{stack}", "ready");
        await caller.DeleteAsync($"/api/stacks/{stack}");
        await caller.UntilGoneAsync($"/api/stacks/{stack}");
    }
}
