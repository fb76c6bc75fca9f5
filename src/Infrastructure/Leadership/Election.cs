using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>Stands for the lead until it is won, again and again.</summary>
internal sealed class Election(ICandidacy candidacy, LeadershipPace pace, TimeProvider time, ILogger<Election> logger) : ILeadership
{
    private volatile LeadershipTerm? _term;
    private string? _lastSaid;

    public string Description => candidacy.Description;

    public bool IsLeading => _term?.IsHeld == true;

    public async Task<ILeadershipTerm> AcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = Moment.Now(time);
            try
            {
                var (tenure, holder) = await TryAsync(cancellationToken);
                if (tenure is not null)
                    return Begin(tenure, asked);

                if (IsNew($"holder {holder}"))
                    logger.LogInformation("Another server leads ({Holder}, by {What}); this one stands by", holder ?? "unknown", Description);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (IsNew($"{exception.GetType().Name} {exception.Message}"))
                    logger.LogWarning(exception, "Who leads can't be found out ({What}); asked again until it can", Description);
            }

            await Task.Delay(Backoff.Jitter(pace.RetryInterval), time, cancellationToken);
        }
    }

    private async Task<Attempt> TryAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(pace.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await candidacy.TryAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"There was no answer within {pace.Timeout.TotalSeconds} seconds.", exception);
        }
    }

    private LeadershipTerm Begin(ITenure tenure, Moment asked)
    {
        _lastSaid = null;
        logger.LogInformation("This server leads now, by {What}", Description);
        return _term = new LeadershipTerm(tenure, asked, pace, time, logger);
    }

    private bool IsNew(string said)
    {
        var isNew = said != _lastSaid;
        _lastSaid = said;
        return isNew;
    }
}
