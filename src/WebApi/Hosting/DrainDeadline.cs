using Microsoft.AspNetCore.Connections;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>
/// When the server is told to stop, requests under way may finish for a while; then they are cut off, so that a stream which never
/// ends by itself leaves enough of the shutdown time to end the agents in order.
/// </summary>
internal sealed class DrainDeadline : IDisposable
{
    /// <summary>For requests to finish.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>For everything, requests and agents, after <see cref="ServerSettings.ShutdownDelay"/>. Some orchestrators kill after 10 s.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(9);

    private readonly CancellationTokenSource _deadline = new();
    private readonly CancellationTokenRegistration _stopping;

    public DrainDeadline(IHostApplicationLifetime lifetime, ServerSettings settings) =>
        _stopping = lifetime.ApplicationStopping.Register(() => _deadline.CancelAfter(settings.ShutdownDelay + Grace));

    /// <summary>Goes around each connection, not each request: a connection also lingers when its request is answered and the rest of its body is awaited.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        await using var registration = _deadline.Token.UnsafeRegister(
            static connection => ((ConnectionContext?)connection)?.Abort(new ConnectionAbortedException("The server is shutting down.")), connection);
        await next(connection);
    };

    public void Dispose()
    {
        _stopping.Dispose();
        _deadline.Dispose();
    }
}
