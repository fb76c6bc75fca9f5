using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>One client's watch at the fake API server.</summary>
/// <param name="context">Its request.</param>
/// <param name="accept">Which objects.</param>
/// <param name="IsSilent">Asked for each event: whether it is lost.</param>
/// <param name="IsToTear">Asked for each event: whether only half of it is sent.</param>
internal sealed class FakeWatch(HttpContext context, Func<JsonObject, bool> accept, Func<bool> IsSilent, Func<bool> IsToTear)
{
    /// <summary>Lines to send; null cuts the connection.</summary>
    private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();

    public void Handle(FakeChange change)
    {
        var (before, now) = (change.Old is not null && accept(change.Old), change.Type != "DELETED" && accept(change.Object));
        var type = (before, now) switch
        {
            (false, false) => null,
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        if (type is not null)
            _lines.Writer.TryWrite(Line(type, change.Object));
    }

    public void SendBookmark(long version) => _lines.Writer.TryWrite(Line("BOOKMARK", new JsonObject
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null },
    }));

    public void End() => _lines.Writer.TryComplete();

    public void Cut() => _lines.Writer.TryWrite(null);

    /// <summary>Sends what there is, until the timeout, <see cref="End"/> or <see cref="Cut"/>.</summary>
    public async Task RunAsync(TimeSpan timeout)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        end.CancelAfter(timeout);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(end.Token))
            {
                if (line is null)
                {
                    context.Abort();
                    return;
                }

                if (!IsSilent())
                    await SendAsync(line);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The client asked for no more than that.
        }
    }

    private static string Line(string type, JsonObject item) => new JsonObject { ["type"] = type, ["object"] = item.DeepClone() }.ToJsonString() + "\n";

    private async Task SendAsync(string line)
    {
        if (!IsToTear())
        {
            await context.Response.WriteAsync(line, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            return;
        }

        await context.Response.WriteAsync(line[..(line.Length / 2)], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }
}
