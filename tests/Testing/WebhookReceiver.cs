using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StackAgent.Testing;

/// <summary>One try, as a receiver sees it.</summary>
/// <param name="Path">Which of the receiver's addresses it came to, without the slash.</param>
/// <param name="Id">Of the notification; null where the sender gives none.</param>
/// <param name="Body">JSON.</param>
/// <param name="Earlier">How often the same notification came to this path before.</param>
public sealed record ReceivedWebhook(string Path, string? Id, string Body, int Earlier);

/// <summary>A receiver of notifications in this process, on a port of its own. Takes everything, unless it is told to answer otherwise.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly Func<ReceivedWebhook, HttpContext, Task>? _answer;
    private readonly ConcurrentQueue<ReceivedWebhook> _received = new();
    private readonly ConcurrentQueue<ReceivedWebhook> _taken = new();
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly WebApplication _server;
    private int _inFlight;

    private WebhookReceiver(Func<ReceivedWebhook, HttpContext, Task>? answer)
    {
        _answer = answer;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>Everything that came, in this order.</summary>
    public IReadOnlyList<ReceivedWebhook> Received => [.. _received];

    /// <summary>What was answered with success, in this order.</summary>
    public IReadOnlyList<ReceivedWebhook> Taken => [.. _taken];

    public int ReceivedCount => _received.Count;

    public int TakenCount => _taken.Count;

    /// <summary>Requests without an answer yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Starts one that listens on this machine alone.</summary>
    /// <param name="answer">Sets the status, waits, or aborts. Null: success for all.</param>
    public static async Task<WebhookReceiver> StartAsync(Func<ReceivedWebhook, HttpContext, Task>? answer = null)
    {
        var receiver = new WebhookReceiver(answer);
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>An address of this receiver.</summary>
    public Uri At(string path) => new(new Uri(_server.Urls.Single()), path);

    public async ValueTask DisposeAsync()
    {
        // Requests that hang don't hold it up.
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var id = context.Request.Headers["webhook-id"].FirstOrDefault();
            var path = context.Request.Path.Value!.TrimStart('/');
            var webhook = new ReceivedWebhook(path, id, body, _counts.AddOrUpdate($"{path} {id}", 1, (_, count) => count + 1) - 1);
            _received.Enqueue(webhook);
            if (_answer is not null)
                await _answer(webhook, context);
            if (context.Response.StatusCode == StatusCodes.Status200OK && !context.RequestAborted.IsCancellationRequested)
                _taken.Enqueue(webhook);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The sender has given up, or one of the two ends.
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
