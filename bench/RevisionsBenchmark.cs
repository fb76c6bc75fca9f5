using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Bench.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>
/// From the first byte of an upload to the first answer of the new revision, and the same for a way back, and what of that isn't ours. On the local runtime
/// that is the agent's own start, of which it says by itself how long it took; in a cluster it is Kubernetes' time from the changed Deployment to a ready pod.
/// </summary>
internal static class RevisionsBenchmark
{
    /// <summary>As few as leave every revision that is gone back to among those that are kept.</summary>
    private const int Runs = 5;

    public static async Task RunAsync(Lab lab)
    {
        await using var site = await AgentSite.OpenAsync(lab, "Revisions");
        using var first = Code(site.Host, 1);
        var agent = await site.RunAsync("agent", first);
        await using var probe = site.Cluster is { } cluster ? await RolloutProbe.StartAsync(cluster, await cluster.SelectorOfAsync(site.Stack)) : null;

        var table = new Table("what", "seconds", probe is null ? "of that the process" : "of that Kubernetes'", "of that ours", "longest", "longest of ours");
        await MeasureAsync("upload to serving", async run =>
        {
            using var code = Code(site.Host, run + 1);
            code.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
            using var form = new MultipartFormDataContent { { code, "file", "code.zip" } };
            using var answer = await site.Client.PutAsync($"api/agents/{agent}/code", form);
            answer.EnsureSuccessStatusCode();
            return run + 1;
        });
        await MeasureAsync("rollback to serving", async run =>
        {
            using var answer = await site.Client.PostAsJsonAsync($"api/agents/{agent}/rollback", new { revision = Runs + 1 - run });
            answer.EnsureSuccessStatusCode();
            return Runs + 1 - run;
        });
        table.Print($"A change of code, from the request's first byte to the first answer of the new revision, {site.Description} (medians)");

        async Task MeasureAsync(string what, Func<int, Task<int>> changeAsync)
        {
            var (all, theirs) = (new List<double>(), new List<double>());
            for (var run = 1; run <= Runs; run++)
            {
                probe?.Begin();
                var started = Stopwatch.GetTimestamp();
                var version = await changeAsync(run);
                JsonElement answer;
                do
                    answer = await site.Client.GetFromJsonAsync<JsonElement>($"{site.AddressOf(agent)}/");
                while (answer.GetProperty("version").GetInt32() != version);

                all.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                theirs.Add(probe is null ? answer.GetProperty("startup").GetDouble() : await probe.KubernetesSecondsAsync());
                await ClusterLab.UntilAsync(async () => await site.Api.StatusAsync(agent) == "running", "the rollout to end");
            }

            var ours = all.Zip(theirs, (whole, part) => whole - part).ToArray();
            table.Add(what, $"{all.Median():F3}", $"{theirs.Median():F3}", $"{ours.Median():F3}", $"{all.Max():F3}", $"{ours.Max():F3}");
        }
    }

    /// <summary>An agent that answers with its version and how long it took from the start of its process until it listened.</summary>
    private static ByteArrayContent Code(string host, int version) => new(Zip.Of(("main.py", $$"""
        import http.server, json, os, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
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
        server = http.server.ThreadingHTTPServer(("{{host}}", int(os.environ["PORT"])), Answer)
        startup = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks
        server.serve_forever()
        """)));
}
