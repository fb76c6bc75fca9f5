using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NSubstitute;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.WebApi.FunctionalTests.Forwarding;

[TestFixture]
[NonParallelizable]
internal sealed class ForwarderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [TestCase("/")]
    [TestCase("/a/b?x=1&y=2")]
    [TestCase("/a%2Fb/c%252Fd")]
    [TestCase("/%E5%AE%9E%E7%8E%B0?q=%E5%AE%9E+x%20y")]
    [TestCase("//double//slash/")]
    [TestCase("/UPPER%2flower/%41")]
    [TestCase("/percent%25?empty=&&")]
    [TestCase("/?")]
    [TestCase("/a/./b/../c;p=1")]
    public async Task Path_WhenEncodedInAnyWay_ReachesTheAgentAsItIs(string path)
    {
        await using var front = await Front.StartAsync(context =>
            context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        using var response = await front.GetAsync(Front.Prefix + path);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(path));
    }

    [Test]
    public async Task Path_WhenTheTargetIsAbsoluteOrThePrefixEncoded_StillReachesTheAgent()
    {
        await using var front = await Front.StartAsync(context =>
            context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        var absolute = await SendRawAsync(front, $"GET http://x{Front.Prefix}/a%2Fb?c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        var encoded = await SendRawAsync(front, $"GET /%73tacks{Front.Prefix["/stacks".Length..]}/a%20b?c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.That(absolute, Does.Contain("/a%2Fb?c"));
        Assert.That(encoded, Does.Contain("/a%20b?c"));
    }

    [TestCase("GET")]
    [TestCase("POST")]
    [TestCase("PUT")]
    [TestCase("PATCH")]
    [TestCase("DELETE")]
    [TestCase("OPTIONS")]
    [TestCase("PROPFIND")]
    public async Task Method_WhateverItIs_ReachesTheAgentWithItsBody(string method)
    {
        await using var front = await Front.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            context.Response.StatusCode = 418;
            await context.Response.WriteAsync($"{context.Request.Method} {await reader.ReadToEndAsync()}");
        });
        using var response = await front.SendAsync(new HttpMethod(method), Front.Prefix + "/x", method == "GET" ? null : new StringContent("hello"));

        Assert.That((int)response.StatusCode, Is.EqualTo(418));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(method == "GET" ? "GET " : $"{method} hello"));
    }

    [Test]
    public async Task Headers_OnTheWayToTheAgent_SayWhoCallsAndHideWhatIsOurs()
    {
        await using var front = await Front.StartAsync(context => context.Response.WriteAsJsonAsync(
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString())));
        using var response = await front.GetAsync(
            Front.Prefix + "/",
            ("X-Forwarded-For", "6.6.6.6"),
            ("X-Forwarded-Proto", "gopher"),
            ("Forwarded", "for=6.6.6.6"),
            ("Cookie", "a=1; refresh_token=secret; b=2"),
            ("Authorization", "Bearer for-the-agent"),
            ("Proxy-Authorization", "Basic secret"),
            ("TE", "trailers"),
            ("X-Custom", "kept"));
        var seen = await response.Content.ReadFromJsonAsync<Dictionary<string, string>>() ?? [];

        Assert.Multiple(() =>
        {
            Assert.That(seen["x-forwarded-prefix"], Is.EqualTo(Front.Prefix));
            Assert.That(seen["x-forwarded-for"], Is.EqualTo("127.0.0.1"));
            Assert.That(seen["x-forwarded-proto"], Is.EqualTo("http"));
            Assert.That(seen["x-forwarded-host"], Is.EqualTo(front.Address.Authority));
            Assert.That(seen["host"], Is.EqualTo(front.Address.Authority));
            Assert.That(seen["cookie"], Is.EqualTo("a=1; b=2"));
            Assert.That(seen["authorization"], Is.EqualTo("Bearer for-the-agent"));
            Assert.That(seen["x-custom"], Is.EqualTo("kept"));
            Assert.That(seen.Keys, Has.None.EqualTo("forwarded").And.None.EqualTo("proxy-authorization").And.None.EqualTo("traceparent"));
        });
    }

    [Test]
    public async Task Headers_OnTheWayBack_AreConfinedToTheAgent()
    {
        await using var front = await Front.StartAsync(context =>
        {
            var headers = context.Response.Headers;
            headers.Append("Set-Cookie", "a=1; Path=/; Domain=example.com; HttpOnly");
            headers.Append("Set-Cookie", "refresh_token=evil; path=/api/auth; SameSite=Lax");
            headers.Append("Set-Cookie", "c=d=e");
            headers["Service-Worker-Allowed"] = "/";
            headers["Clear-Site-Data"] = "\"*\"";
            headers["Strict-Transport-Security"] = "max-age=1";
            headers["Alt-Svc"] = "h3=\":443\"";
            headers["Content-Security-Policy"] = "default-src 'self'";
            headers["X-Custom"] = "kept";
            headers["Location"] = "/elsewhere";
            context.Response.StatusCode = 302;
            return Task.CompletedTask;
        });
        using var response = await front.GetAsync(Front.Prefix + "/");

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Redirect), "redirects are for the caller to follow");
            Assert.That(response.Headers.GetValues("Set-Cookie"), Is.EqualTo(new[]
            {
                $"a=1; HttpOnly; Path={Front.Prefix}", $"refresh_token=evil; SameSite=Lax; Path={Front.Prefix}", $"c=d=e; Path={Front.Prefix}",
            }));
            Assert.That(response.Headers.GetValues("Content-Security-Policy"), Is.EqualTo(new[]
            {
                "default-src 'self'", "sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals",
            }));
            foreach (var name in new[] { "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "X-Frame-Options", "Server" })
                Assert.That(response.Headers.Contains(name), Is.False, name);
            Assert.That(response.Headers.GetValues("X-Custom"), Is.EqualTo(new[] { "kept" }));
        });
    }

    [TestCase(404)]
    [TestCase(500)]
    public async Task Status_WhenTheAgentAnswersAnErrorWithoutBody_StaysTheAgents(int status)
    {
        await using var front = await Front.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var response = await front.GetAsync(Front.Prefix + "/");

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.Empty);
    }

    [Test]
    public async Task Call_WhenAPageOfTheAgentMakesIt_IsAllowedAndAPageFromElsewhereIsNot()
    {
        await using var front = await Front.StartAsync(context =>
        {
            context.Response.StatusCode = HttpMethods.IsOptions(context.Request.Method) ? 405 : 200;
            return context.Response.WriteAsync("answer");
        });
        var own = ("Referer", $"http://{front.Address.Authority}{Front.Prefix}/");
        using var call = await front.GetAsync(Front.Prefix + "/data", ("Origin", "null"), own);
        using var preflight = await front.SendAsync(
            HttpMethod.Options, Front.Prefix + "/data", null,
            ("Origin", "null"), own, ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "content-type"));
        using var foreign = await front.GetAsync(Front.Prefix + "/data", ("Origin", "null"), ("Referer", "https://evil.example/"));
        using var unknown = await front.GetAsync(Front.Prefix + "/data", ("Origin", "null"));

        Assert.Multiple(() =>
        {
            Assert.That(call.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "null" }));
            Assert.That(preflight.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(preflight.Headers.GetValues("Access-Control-Allow-Methods"), Is.EqualTo(new[] { "PUT" }));
            Assert.That(preflight.Headers.GetValues("Access-Control-Allow-Headers"), Is.EqualTo(new[] { "content-type" }));
            Assert.That(foreign.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
            Assert.That(unknown.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        });
    }

    [Test]
    public async Task Stream_WhenTheAgentSendsEventByEvent_ArrivesEventByEvent()
    {
        var confirmed = Channel.CreateUnbounded<int>();
        await using var front = await Front.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 5; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                // The next event only exists once this one has been seen at the other end.
                await confirmed.Reader.ReadAsync(context.RequestAborted);
            }
        });
        using var deadline = new CancellationTokenSource(Patience);
        using var response = await front.GetAsync(Front.Prefix + "/stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(deadline.Token));
        for (var i = 0; i < 5; i++)
        {
            Assert.That(await reader.ReadLineAsync(deadline.Token), Is.EqualTo($"data: {i}"));
            await reader.ReadLineAsync(deadline.Token);
            await confirmed.Writer.WriteAsync(i, deadline.Token);
        }

        Assert.That(await reader.ReadToEndAsync(deadline.Token), Is.Empty);
    }

    [Test]
    public async Task Stream_WhenTheCallerLeaves_EndsAtTheAgent()
    {
        var ended = new TaskCompletionSource();
        await using var front = await Front.StartAsync(async context =>
        {
            await context.Response.WriteAsync("data: 0\n\n");
            await using var registration = context.RequestAborted.Register(() => ended.TrySetResult());
            await ended.Task;
        });
        using (var response = await front.GetAsync(Front.Prefix + "/stream"))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[1]);
        }

        await ended.Task.WaitAsync(Patience);
    }

    [Test]
    public async Task Body_WhenItIs200MB_PassesBothWaysInConstantMemory()
    {
        const long size = 200L << 20;
        await using var front = await Front.StartAsync(async context =>
        {
            var buffer = new byte[1 << 16];
            var received = 0L;
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
                received += read;
            context.Response.ContentLength = received;
            for (; received > 0; received -= buffer.Length)
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, (int)Math.Min(received, buffer.Length)));
        });
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;
        using var content = new ZeroContent(size);
        using var response = await front.SendAsync(HttpMethod.Post, Front.Prefix + "/echo", content);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 16];
        var total = 0L;
        for (int read; (read = await body.ReadAsync(buffer)) > 0; total += read)
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false) - before);

        Assert.That(total, Is.EqualTo(size));
        Assert.That(peak, Is.LessThan(64L << 20));
    }

    [Test]
    public async Task WebSocket_WhenOpened_PassesBothWays()
    {
        await using var front = await Front.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
            var buffer = new byte[1024];
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
        });
        using var deadline = new CancellationTokenSource(Patience);
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("chat");
        client.Options.Proxy = null;
        await client.ConnectAsync(new Uri($"ws://{front.Address.Authority}{Front.Prefix}/ws?x=1"), deadline.Token);
        var received = new byte[1024];
        foreach (var text in new[] { "hello", "实现", "" })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
            var message = await client.ReceiveAsync(received, deadline.Token);
            Assert.That(Encoding.UTF8.GetString(received, 0, message.Count), Is.EqualTo(text));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, deadline.Token);
        Assert.That(client.SubProtocol, Is.EqualTo("chat"));
        Assert.That(client.CloseStatusDescription, Is.EqualTo("bye"));
    }

    [Test]
    public async Task Slash_WhenMissingAfterTheAgent_IsRedirectedTo()
    {
        await using var front = await Front.StartAsync(_ => Task.CompletedTask);
        using var response = await front.SendAsync(HttpMethod.Post, Front.Prefix + "?x=%2F", new StringContent("body"));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.PermanentRedirect));
        Assert.That(response.Headers.Location?.OriginalString, Is.EqualTo(Front.Prefix + "/?x=%2F"));
    }

    [TestCase("/stacks/0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10/agents/0198c5a2-ffff-7f11-8a6e-5d0c4b7e21f3/")]
    [TestCase("/stacks/x/agents/y/")]
    public async Task Agent_WhenUnknown_IsA404Problem(string path)
    {
        await using var front = await Front.StartAsync(_ => Task.CompletedTask);
        using var response = await front.GetAsync(path);

        await AssertProblemAsync(response, 404, "There is no such agent.");
    }

    [Test]
    public async Task Agent_WhenNotReady_IsA503ProblemWithTheReason()
    {
        await using var front = await Front.StartAsync(_ => Task.CompletedTask, new AgentEndpoint.NotReady("It is being deployed."));
        using var response = await front.GetAsync(Front.Prefix + "/");

        await AssertProblemAsync(response, 503, "It is being deployed.");
        Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Agent_WhenItDoesNotListen_IsA503Problem()
    {
        await using var front = await Front.StartAsync(_ => Task.CompletedTask);
        await front.StopAgentAsync();
        using var response = await front.GetAsync(Front.Prefix + "/");

        await AssertProblemAsync(response, 503, "The agent doesn't accept connections at the moment.");
    }

    [Test]
    public async Task Agent_WhenItMovesMeanwhile_GetsTheRequestWithItsBodyOnce()
    {
        var tries = 0;
        var bodies = new List<string>();
        await using var front = await Front.StartAsync(
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                bodies.Add(await reader.ReadToEndAsync());
            },
            address => Interlocked.Increment(ref tries) switch
            {
                1 => new AgentEndpoint.Found(NobodysAddress()),
                2 => new AgentEndpoint.NotReady("It is being replaced."),
                _ => new AgentEndpoint.Found(address),
            },
            Patience);

        using var response = await front.SendAsync(HttpMethod.Post, Front.Prefix + "/", new StringContent("precious"));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(bodies, Is.EqualTo(new[] { "precious" }));
        Assert.That(tries, Is.EqualTo(3));
    }

    [Test]
    public async Task Call_WhileTheAnswerLasts_IsUnderWay()
    {
        using var call = new SemaphoreSlim(0);
        var held = Substitute.For<IDisposable>();
        held.When(found => found.Dispose()).Do(_ => call.Release());
        var finish = new TaskCompletionSource();
        await using var front = await Front.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("begin");
                await context.Response.Body.FlushAsync();
                await finish.Task;
            },
            address => new AgentEndpoint.Found(address) { Call = held },
            Patience);

        using var response = await front.GetAsync(Front.Prefix + "/");
        Assert.That(call.CurrentCount, Is.Zero, "the answer has begun");
        finish.SetResult();
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("begin"));
        Assert.That(await call.WaitAsync(Patience), "the answer is over");
    }

    [Test]
    public async Task Agent_WhenItAcceptsNoMoreConnections_IsTriedAgain()
    {
        using var crowded = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        crowded.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        crowded.Listen(1);
        var callers = new List<Socket>();
        try
        {
            // More than the queue holds: those that come later get no answer to their first packet.
            for (var i = 0; i < 8; i++)
            {
                callers.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                _ = callers[^1].ConnectAsync(crowded.LocalEndPoint!);
            }

            var tries = 0;
            await using var front = await Front.StartAsync(
                context => context.Response.WriteAsync("here"),
                address => new AgentEndpoint.Found(tries++ == 0 ? new Uri($"http://{crowded.LocalEndPoint}") : address),
                Patience);

            using var response = await front.GetAsync(Front.Prefix + "/");

            Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("here"));
            Assert.That(tries, Is.GreaterThan(1));
        }
        finally
        {
            callers.ForEach(caller => caller.Dispose());
        }
    }

    /// <summary>Where a connection is refused.</summary>
    private static Uri NobodysAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}");
    }

    [Test]
    public async Task Agent_WhenACallIsLost_IsAskedOnceMore()
    {
        var calls = 0;
        await using var front = await Front.StartAsync(context =>
        {
            if (Interlocked.Increment(ref calls) > 1)
                return context.Response.WriteAsync("here");
            context.Abort();
            return Task.CompletedTask;
        });

        using var response = await front.GetAsync(Front.Prefix + "/");

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("here"));
    }

    [TestCase("GET", 2)]
    [TestCase("POST", 1)]
    public async Task Agent_WhenEveryCallIsLost_IsAskedAgainOnlyWhereThatIsSafe(string method, int expected)
    {
        var calls = 0;
        await using var front = await Front.StartAsync(context =>
        {
            Interlocked.Increment(ref calls);
            context.Abort();
            return Task.CompletedTask;
        });

        using var response = await front.SendAsync(new HttpMethod(method), Front.Prefix + "/", content: null);

        Assert.That(((int)response.StatusCode, calls), Is.EqualTo((502, expected)));
    }

    [Test]
    public async Task Agent_WhenItDiesBeforeItAnswers_IsA502Problem()
    {
        await using var front = await Front.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var response = await front.SendAsync(HttpMethod.Post, Front.Prefix + "/", new StringContent("x"));

        await AssertProblemAsync(response, 502, "The agent ended the connection before it answered.");
    }

    [Test]
    public async Task Agent_WhenItDiesWhileItAnswers_BreaksTheAnswerOff()
    {
        var seen = new TaskCompletionSource();
        await using var front = await Front.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("part");
            await context.Response.Body.FlushAsync();
            await seen.Task;
            context.Abort();
        });
        using var response = await front.GetAsync(Front.Prefix + "/");
        seen.SetResult();

        Assert.That(
            async () => await response.Content.ReadAsByteArrayAsync().WaitAsync(Patience),
            Throws.InstanceOf<HttpRequestException>().Or.InstanceOf<IOException>());
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string detail)
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Multiple(() =>
        {
            Assert.That((int)response.StatusCode, Is.EqualTo(status));
            Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
            Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo(detail));
            Assert.That(response.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
        });
    }

    private static async Task<string> SendRawAsync(Front front, string request)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, front.Address.Port, deadline.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), deadline.Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(deadline.Token);
    }

    /// <summary>A body of a known length that nobody ever holds.</summary>
    private sealed class ZeroContent(long size) : HttpContent
    {
        private static readonly byte[] Zeros = new byte[1 << 16];

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var left = size; left > 0; left -= Zeros.Length)
                await stream.WriteAsync(Zeros.AsMemory(0, (int)Math.Min(left, Zeros.Length)));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size;
            return true;
        }
    }
}
