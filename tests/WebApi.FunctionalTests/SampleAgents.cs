using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests;

/// <summary>ZIPs of agents that behave in a certain way. What they write for tests to read, or wait for, is in their <c>HOME</c>.</summary>
internal static class SampleAgents
{
    /// <summary>A file that an agent waits for, in the folder that <see cref="HomeOf"/> gives.</summary>
    public const string Signal = "go";

    /// <summary>A file with the agent's environment as JSON.</summary>
    public const string Environment = "environment.json";

    private const string Serve = """
        server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
        while True:
            server.accept()[0].close()
        """;

    private const string AwaitSignal = """
        while not os.path.exists(os.path.join(os.environ["HOME"], "go")):
            time.sleep(0.02)
        """;

    /// <summary>Nothing that could be started, so it costs no process.</summary>
    public static byte[] NothingToStart { get; } = Zip.Of(("notes.txt", "no program"));

    /// <summary>Listens at once.</summary>
    public static byte[] Healthy { get; } = Python($"import os, socket\n{Serve}");

    /// <summary>Answers every GET with the word, many at once, and writes a line with it first.</summary>
    public static byte[] Answering(string word) => Python($$"""
        import http.server, os
        print("{{word}} begins", flush=True)
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len("{{word}}")))
                self.end_headers()
                self.wfile.write(b"{{word}}")
            def log_message(self, *_):
                pass
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128
        Server(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
        """);

    /// <summary>Goes on and never listens.</summary>
    public static byte[] NeverReady { get; } = Python("import time\nprint('thinking', flush=True)\nwhile True: time.sleep(1)");

    /// <summary>Listens once the signal is there.</summary>
    public static byte[] SlowToStart { get; } = Python($"import os, socket, time\n{AwaitSignal}\n{Serve}");

    /// <summary>Answers SIGTERM only when the signal is there.</summary>
    public static byte[] SlowToEnd { get; } = Python($$"""
        import os, signal, socket, threading, time
        def end(*_):
            {{AwaitSignal.Replace("\n", "\n    ", StringComparison.Ordinal)}}
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        def serve():
            {{Serve.Replace("\n", "\n    ", StringComparison.Ordinal)}}
        threading.Thread(target=serve, daemon=True).start()
        while True:
            time.sleep(0.02)
        """);

    /// <summary>Does nothing about SIGTERM, ever, and answers every request with a stream that never ends.</summary>
    public static byte[] DeafToSigTerm { get; } = Python("""
        import os, signal, socket
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
        streams = []
        while True:
            stream = server.accept()[0]
            streams.append(stream)
            try:
                if stream.recv(65536):
                    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            except OSError:
                pass
        """);

    /// <summary>Says why and ends with exit code 3.</summary>
    public static byte[] Crashing { get; } = Python("import sys\nprint('no database at 10.0.0.1', flush=True)\nsys.exit(3)");

    /// <summary>Writes its environment to a file, then listens.</summary>
    public static byte[] ShowsEnvironment { get; } = Python($$"""
        import json, os, socket
        home = os.environ["HOME"]
        with open(os.path.join(home, "draft"), "w") as draft:
            json.dump(dict(os.environ), draft)
        os.rename(os.path.join(home, "draft"), os.path.join(home, "environment.json"))
        {{Serve}}
        """);

    /// <summary>The agent's <c>HOME</c>; there once its process was started.</summary>
    public static string HomeOf(string agentFolder) => Path.Combine(agentFolder, "run", "home");

    /// <summary>Gives the signal as soon as there is a folder for it.</summary>
    public static async Task SignalAsync(string agentFolder)
    {
        await Eventually.TrueAsync(() => Directory.Exists(HomeOf(agentFolder)), "the agent's home");
        await File.WriteAllTextAsync(Path.Combine(HomeOf(agentFolder), Signal), "");
    }

    /// <summary>The environment that the agent itself has seen.</summary>
    public static async Task<string> ReadEnvironmentAsync(string agentFolder)
    {
        var file = Path.Combine(HomeOf(agentFolder), Environment);
        await Eventually.TrueAsync(() => File.Exists(file), "the agent's environment");
        return await File.ReadAllTextAsync(file);
    }

    private static byte[] Python(string program) => Zip.Of(("main.py", program));
}
