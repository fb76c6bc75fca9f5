using System.Net;
using System.Net.Sockets;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// Free TCP ports for agents. They lie below the kernel's ephemeral range: inside it an outgoing connection could take an agent's port before the
/// agent does, and a connection attempt to a port that nobody listens on could meet itself and look like an answer.
/// </summary>
internal sealed class PortAllocator
{
    private const int Lowest = 10_000;
    private const int DefaultEphemeralStart = 32_768;
    private const int Attempts = 1_000;

    private readonly Lock _sync = new();
    private readonly HashSet<int> _taken = [];
    private readonly int _end = Math.Max(EphemeralStart(), Lowest + 1_000);

    /// <summary>A port that nobody listens on and that no other agent was given. Give it back with <see cref="Return"/>.</summary>
    public int Take()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = Random.Shared.Next(Lowest, _end);
            lock (_sync)
            {
                if (!_taken.Add(port))
                    continue;
            }

            if (IsFree(port))
                return port;
            Return(port);
        }

        throw new IOException("No free TCP port was found for the agent.");
    }

    public void Return(int port)
    {
        lock (_sync)
            _taken.Remove(port);
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int EphemeralStart()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        try
        {
            return File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0]) : DefaultEphemeralStart;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return DefaultEphemeralStart;
        }
    }
}
