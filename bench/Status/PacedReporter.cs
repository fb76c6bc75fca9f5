using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace StackAgent.Bench.Status;

/// <summary>
/// Reports at a steady pace, each of which changes its session's status, and when they were acknowledged. All sessions come in turn: the
/// n-th report of all is the (n / <see cref="Sessions"/>)-th change of session n % <see cref="Sessions"/>.
/// </summary>
internal sealed class PacedReporter : IDisposable
{
    public const int Sessions = Reporters.Agents * Reporters.Sessions;
    private const int Digits = 4;
    private const int Connections = 16;

    private readonly Channel<RawConnection> _free = Channel.CreateUnbounded<RawConnection>();
    private readonly RawConnection[] _connections;
    private readonly byte[][] _running;
    private readonly byte[][] _waiting;
    private int _count;

    private PacedReporter(Uri server, Reporters reporters, RawConnection[] connections)
    {
        _connections = connections;
        foreach (var connection in connections)
            _free.Writer.TryWrite(connection);
        _running = Requests("running");
        _waiting = Requests("waiting_for_input");

        byte[][] Requests(string status) =>
        [
            .. from session in Enumerable.Range(0, Sessions)
               let agent = session % Reporters.Agents
               select RawConnection.Post(server, Reporters.Path, reporters.Key(agent), Reporters.Report(Reporters.Agent(agent), Topic(session), status)),
        ];
    }

    /// <summary>What topics begin with, and nothing else in an event holds; the session's number follows.</summary>
    public static ReadOnlySpan<byte> TopicStart => "measured-session-"u8;

    /// <summary>Gives every session its first report.</summary>
    public static async Task<PacedReporter> StartAsync(Uri server, Reporters reporters)
    {
        var reporter = new PacedReporter(server, reporters, await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => RawConnection.OpenAsync(server))));
        foreach (var request in reporter._running)
            await reporter._connections[0].SendAsync(request);
        return reporter;
    }

    /// <summary>The number of the session whose topic the text begins with.</summary>
    public static int SessionOf(ReadOnlySpan<byte> topic) => int.Parse(topic.Slice(TopicStart.Length, Digits), CultureInfo.InvariantCulture);

    /// <summary>Sends so many reports and notes when each, counted from the first of all, was acknowledged. Throws when one wasn't.</summary>
    public async Task RunAsync(int reports, int perSecond, long[] acknowledged)
    {
        var interval = (double)Stopwatch.Frequency / perSecond;
        var started = Stopwatch.GetTimestamp();
        var sending = new List<Task>(reports);
        for (var i = 0; i < reports; i++)
        {
            while (Stopwatch.GetTimestamp() < started + i * interval)
                await Task.Delay(1);
            sending.Add(SendAsync(await _free.Reader.ReadAsync(), _count++, acknowledged));
        }

        await Task.WhenAll(sending);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
    }

    private static string Topic(int session) => Encoding.ASCII.GetString(TopicStart) + session.ToString($"D{Digits}", CultureInfo.InvariantCulture);

    private async Task SendAsync(RawConnection connection, int report, long[] acknowledged)
    {
        var requests = report / Sessions % 2 == 0 ? _waiting : _running;
        await connection.SendAsync(requests[report % Sessions]);
        acknowledged[report] = Stopwatch.GetTimestamp();
        _free.Writer.TryWrite(connection);
    }
}
