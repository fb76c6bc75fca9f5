using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;
using StackAgent.WebApi.FunctionalTests.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Limits;

/// <summary>Clients that hold on to what they have without using it.</summary>
internal sealed class SlowClientTests
{
    [Test]
    public async Task Connection_WhenItsRequestDoesNotArrive_IsEnded()
    {
        await using var server = await RunningServer.StartAsync();
        using var headers = await ConnectAsync(server.Address);
        using var body = await ConnectAsync(server.Address);
        using var limit = new CancellationTokenSource(Eventually.Deadline);

        var withoutHeaders = ReadToEndAsync(headers, limit.Token);
        var withoutBody = ReadToEndAsync(body, limit.Token);
        await SendAsync(headers, "GET /health HTTP/1.1\r\nHost: slow\r\nX-Part-Of");
        await SendAsync(body, "POST /api/auth/login HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"email\":");

        Assert.That(await withoutHeaders, Does.StartWith("HTTP/1.1 408 ").Or.Empty);
        Assert.That(await withoutBody, Does.StartWith("HTTP/1.1 408 ").Or.Empty);
    }

    [Test]
    public async Task Connection_WhenThereAreAsManyAsMayBe_IsEndedAtOnce()
    {
        await using var server = await RunningServer.StartAsync(configure: null, ("MAX_CONNECTIONS", "2"));
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        using var first = await ConnectAsync(server.Address);
        using var second = await ConnectAsync(server.Address);
        await SendAsync(first, "GET /health HTTP/1.1\r\nHost: first\r\n\r\n");
        await SendAsync(second, "GET /health HTTP/1.1\r\nHost: second\r\n\r\n");
        Assert.That(await first.GetStream().ReadAsync(new byte[1], limit.Token), Is.EqualTo(1));
        Assert.That(await second.GetStream().ReadAsync(new byte[1], limit.Token), Is.EqualTo(1));

        using var third = await ConnectAsync(server.Address);
        Assert.That(await ReadToEndAsync(third, limit.Token), Is.Empty);

        first.Dispose();
        await Eventually.TrueAsync(
            async () =>
            {
                using var fourth = await ConnectAsync(server.Address);
                await SendAsync(fourth, "GET /health HTTP/1.1\r\nHost: fourth\r\nConnection: close\r\n\r\n");
                return (await ReadToEndAsync(fourth, limit.Token)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
            },
            "a place to be free");
    }

    [Test]
    public async Task Upload_WhenAnAccountHasAsManyUnderWayAsMayBe_IsRefusedUntilOneEnds()
    {
        await using var server = await ProductServer.StartAsync(DatabaseProvider.Sqlite);
        using var caller = await server.NewCallerAsync();
        using var other = await server.NewCallerAsync();
        var stack = await caller.CreateStackAsync();
        // So much that an upload which has sent almost all of it may then pause for minutes: the rate is counted over all of it.
        var data = Convert.ToBase64String(RandomNumberGenerator.GetBytes(300_000));
        var code = Zip.Of(("main.py", "import time\ntime.sleep(600)\n"), ("data.txt", data));
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var slow = Enumerable.Range(0, 4).Select(i => UploadAsync($"slow {i}", new SlowContent(code, rest.Task))).ToList();
        await Eventually.TrueAsync(() => server.StagedFiles().Count >= slow.Count, "all four to be under way");
        var refused = await UploadAsync("fifth", new ByteArrayContent(code));
        Assert.That((refused.Status, refused.Text("error")), Is.EqualTo((HttpStatusCode.TooManyRequests, "rate_limited")));
        Assert.That(refused.Text("detail"), Is.EqualTo("You have 4 uploads under way, which is as many as an account may have at once."));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.Not.Null);
        await other.DeployAsync(await other.CreateStackAsync(), "other", code);

        rest.SetResult();
        Assert.That((await Task.WhenAll(slow)).Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.Created));
        await caller.DeployAsync(stack, "after", code);

        async Task<Reply> UploadAsync(string name, HttpContent file)
        {
            using var form = new MultipartFormDataContent { { new StringContent(name), "name" }, { file, "file", "agent.zip" } };
            return await caller.SendAsync(HttpMethod.Post, $"/api/stacks/{stack}/agents", form);
        }
    }

    private static async Task<TcpClient> ConnectAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        return client;
    }

    private static async Task SendAsync(TcpClient client, string text) => await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>What came before the server ended the connection.</summary>
    private static async Task<string> ReadToEndAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8, leaveOpen: true);
        try
        {
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>All but the last byte, and that when it is time.</summary>
    private sealed class SlowContent(byte[] content, Task rest) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(content.AsMemory(0, content.Length - 1));
            await stream.FlushAsync();
            await rest;
            await stream.WriteAsync(content.AsMemory(content.Length - 1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length;
            return true;
        }
    }
}
