using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.FunctionalTests.Streaming;

/// <summary>The streamed form behind a real server and MVC, with a controller that does nothing else.</summary>
internal sealed class StreamedFormTests
{
    private WebApplication _server = null!;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddControllers().AddApplicationPart(typeof(StreamedFormTests).Assembly);
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.MapControllers();
        await _server.StartAsync();
        var address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _client = new HttpClient { BaseAddress = new Uri(address) };
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Post_WhenActionIsStreamed_GetsTheFileBeforeTheRequestIsComplete()
    {
        var seen = StreamedFormController.NextFile();
        var rest = new TaskCompletionSource();
        using var form = new MultipartFormDataContent { { new StringContent("x"), "name" } };
        form.Add(new HalfFirst(rest.Task), "file", "agent.zip");
        var answer = _client.PostAsync("/streamed-form/1", form);
        await seen.WaitAsync(TimeSpan.FromSeconds(20));
        rest.SetResult();
        using var response = await answer;
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("x 100001"));
    }

    [Test]
    public async Task Post_WhenBodyOfUnknownLengthIsTooLarge_Is422()
    {
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(new byte[3 * 1024 * 1024]), "file", "agent.zip");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/streamed-form/1") { Content = form };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.ExpectContinue = true;
        using var response = await _client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(422));
        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo("The upload is too large: the file can have at most 1 MB."));
    }

    /// <summary>Sends a hundred kilobytes, and one more byte when it may.</summary>
    private sealed class HalfFirst(Task rest) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[100_000]);
            await stream.FlushAsync();
            await rest;
            await stream.WriteAsync(new byte[1]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>Takes a form as the agents' controller does.</summary>
[ApiController]
[Route("streamed-form/{id:int}")]
public sealed class StreamedFormController : ControllerBase
{
    private static TaskCompletionSource _seen = new();

    /// <summary>Completes when the next file's first bytes have reached the action.</summary>
    public static Task NextFile() => (_seen = new TaskCompletionSource()).Task;

    [HttpPost]
    [StreamedForm]
    public async Task<ActionResult<string>> PostAsync(int id, CancellationToken cancellationToken)
    {
        var length = 0L;
        try
        {
            var form = await new AgentUpload(HttpContext, id * 1024 * 1024).ReceiveAsync(
                async (file, token) =>
                {
                    var buffer = new byte[16 * 1024];
                    while (await file.ReadAsync(buffer, token) is var count and > 0)
                    {
                        length += count;
                        _seen.TrySetResult();
                    }
                },
                beforeFile: null,
                cancellationToken);
            return $"{form.Name} {length}";
        }
        catch (BadHttpRequestException exception)
        {
            return StatusCode(exception.StatusCode, exception.Message);
        }
        catch (ValidationFailedException exception)
        {
            return UnprocessableEntity(exception.Message);
        }
    }
}
