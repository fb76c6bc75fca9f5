using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>ZIPs of agents for the cluster. They end at once when they are told to, so that tests needn't wait for the end of their grace.</summary>
internal static class ClusterAgents
{
    public const string HealthyProgram = $"""
        {Start}
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'"hello"')
        {Serve}
        """;

    private const string Start = """
        import http.server, json, os, signal
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        """;

    private const string Serve = """http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()""";

    /// <summary>The sample that the README deploys.</summary>
    public static byte[] Echo { get; } = Zip.OfFolder(Path.Combine(Repository.Root, "samples", "echo-python"));

    /// <summary>Answers with the JSON text <c>hello</c>.</summary>
    public static byte[] Healthy { get; } = Zip.Of(("main.py", HealthyProgram));

    /// <summary>Says why and ends with exit code 3.</summary>
    public static byte[] Crashing { get; } = Zip.Of(("main.py", "import sys\nprint('no database at 10.0.0.1', flush=True)\nsys.exit(3)"));

    /// <summary>Answers with what it found out about the place that it runs in.</summary>
    public static byte[] Inspector { get; } = Zip.Of(("notes.txt", "as uploaded"), ("main.py", $$"""
        {{Start}}
        def attempt(change):
            try:
                change()
                return "done"
            except OSError as error:
                return os.strerror(error.errno)
        def text(path):
            with open(path) as file:
                return file.read()
        status = dict(line.split(":\t", 1) for line in text("/proc/self/status").splitlines() if ":\t" in line)
        answer = {
            "notes": text("/app/graphs/notes.txt"),
            "write": attempt(lambda: open("/app/graphs/new.txt", "w")),
            "overwrite": attempt(lambda: open("/app/graphs/notes.txt", "a")),
            "remove": attempt(lambda: os.remove("/app/graphs/notes.txt")),
            "user": os.getuid(),
            "token": os.path.exists("/var/run/secrets/kubernetes.io"),
            "capabilities": [status[name].strip() for name in ("CapPrm", "CapEff", "CapBnd")],
            "no_new_privileges": status["NoNewPrivs"].strip(),
            "seccomp": status["Seccomp"].strip(),
            "port": os.environ["PORT"],
            "url": os.environ["STACKAGENT_URL"],
            "agent": os.environ["STACKAGENT_AGENT_ID"],
        }
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())
        {{Serve}}
        """));
}
