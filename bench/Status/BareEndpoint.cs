using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace StackAgent.Bench.Status;

/// <summary>
/// The floor of every report that comes over HTTP: Kestrel with a single endpoint that reads a report's JSON to its end, does nothing with it,
/// and answers as the product does. It runs in a process of its own, made of this program.
/// </summary>
internal sealed class BareEndpoint : IDisposable
{
    /// <summary>The argument that makes this program that process.</summary>
    public const string Word = "bare-endpoint";

    private static readonly byte[] Answer = """{"success":true,"message":"Status reported successfully"}"""u8.ToArray();

    private readonly Process _process;

    private BareEndpoint(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    public static async Task<BareEndpoint> StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(BareEndpoint).Assembly.Location, Word])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // As a published web application has it.
        start.Environment["DOTNET_gcServer"] = "1";
        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The bare endpoint ended before it listened.");
        return new BareEndpoint(process, new Uri(address));
    }

    /// <summary>Serves until its input ends, which it does with whoever started it.</summary>
    public static async Task ServeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        Console.WriteLine(app.Urls.Single());
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        var state = default(JsonReaderState);
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            var reader = new Utf8JsonReader(read.Buffer, read.IsCompleted, state);
            while (reader.Read())
            {
                // The reading is all there is to it.
            }

            state = reader.CurrentState;
            body.AdvanceTo(reader.Position, read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Answer.Length;
        await context.Response.BodyWriter.WriteAsync(Answer, context.RequestAborted);
    }
}
