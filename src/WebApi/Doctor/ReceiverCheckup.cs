using System.Net.Sockets;
using StackAgent.Infrastructure.Checkups;

namespace StackAgent.WebApi.Doctor;

/// <summary>An address that the server sends something to by itself. Only a connection is made: nothing is sent.</summary>
/// <param name="variable">Which names it.</param>
/// <param name="address">http or https; may hold secrets behind the host, which aren't shown.</param>
/// <param name="consequence">What is lost without it.</param>
internal sealed class ReceiverCheckup(string variable, Uri address, string consequence) : ICheckup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Area => variable;

    public async Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        var place = $"{address.IdnHost}:{address.Port}";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address.IdnHost, address.Port, patience.Token);
            findings.Ok(variable, $"{place} accepts connections");
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            findings.Warn(
                variable,
                $"{place} can't be reached: {(exception is SocketException ? exception.Message : "no answer in time")}",
                $"Check the name, the port and the network between; {consequence}.");
        }
    }
}
