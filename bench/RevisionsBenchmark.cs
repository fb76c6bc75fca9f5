using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>
/// From the first byte of an upload to the first answer of the new revision, and the same for a way back, on the local runtime. The agent says by itself when its
/// process began and when it listened: what lies between is the runtime's, the rest is ours.
/// </summary>
internal static class RevisionsBenchmark
{
    /// <summary>As few as leave every revision that is gone back to among those that are kept.</summary>
    private const int Runs = 5;

    public static async Task RunAsync(Lab lab)
    {
        await using var server = await lab.NewServerAsync(lab.Build);
        await server.StartAsync();
        await server.SignInAsync();
        var client = server.Process.Client;
        var agents = new AgentsApi(client);
        var stack = await agents.CreateStackAsync("Revisions");
        using var first = Code(1);
        var agent = (await agents.UploadAsync(stack, "agent", first)).GetProperty("id").GetGuid();
        await Eventually.TrueAsync(async () => await agents.StatusAsync(agent) == "running", "the agent to run");

        var table = new Table("what", "seconds", "of that the process", "of that ours", "longest");
        await MeasureAsync("upload to serving", async run =>
        {
            using var code = Code(run + 1);
            code.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
            using var form = new MultipartFormDataContent { { code, "file", "code.zip" } };
            using var answer = await client.PutAsync($"api/agents/{agent}/code", form);
            answer.EnsureSuccessStatusCode();
            return run + 1;
        });
        await MeasureAsync("rollback to serving", async run =>
        {
            using var answer = await client.PostAsJsonAsync($"api/agents/{agent}/rollback", new { revision = Runs + 1 - run });
            answer.EnsureSuccessStatusCode();
            return Runs + 1 - run;
        });
        table.Print("A change of code, from the request's first byte to the first answer of the new revision (medians)");

        async Task MeasureAsync(string what, Func<int, Task<int>> changeAsync)
        {
            var (all, own) = (new List<double>(), new List<double>());
            for (var run = 1; run <= Runs; run++)
            {
                var started = Stopwatch.GetTimestamp();
                var version = await changeAsync(run);
                JsonElement answer;
                do
                    answer = await client.GetFromJsonAsync<JsonElement>($"stacks/{stack}/agents/{agent}/");
                while (answer.GetProperty("version").GetInt32() != version);

                all.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                own.Add(answer.GetProperty("startup").GetDouble());
                await Eventually.TrueAsync(async () => await agents.StatusAsync(agent) == "running", "the rollout to end");
            }

            table.Add(what, $"{all.Median():F3}", $"{own.Median():F3}", $"{all.Zip(own, (whole, part) => whole - part).Median():F3}", $"{all.Max():F3}");
        }
    }

    /// <summary>An agent that answers with its version and how long it took from the start of its process until it listened.</summary>
    private static ByteArrayContent Code(int version) => new(Zip.Of(("main.py", $$"""
        import http.server, json, os, time
        ticks = float(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"version": {{version}}, "startup": startup}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer)
        startup = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks
        server.serve_forever()
        """)));
}
