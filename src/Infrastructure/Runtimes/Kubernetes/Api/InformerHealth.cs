using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>How an informer stands with the server. Written by its loop, read by anybody.</summary>
internal sealed class InformerHealth(string plural, TimeProvider time, ILogger logger)
{
    /// <summary>A watch may break off, and then find that what it wants to go on from is forgotten.</summary>
    private const int Harmless = 2;

    private volatile InformerTrouble? _trouble;
    private volatile object? _lastContact;
    private int _interruptions;

    public InformerTrouble? Trouble => _trouble;

    public DateTimeOffset? LastContact => (DateTimeOffset?)_lastContact;

    /// <summary>The server answered.</summary>
    public void Heard()
    {
        _lastContact = time.GetUtcNow();
        if (_interruptions > Harmless || _trouble is not { } trouble)
            return;

        _trouble = null;
        logger.LogInformation("Watching {Kind} again after {Duration}", plural, time.GetUtcNow() - trouble.Since);
    }

    /// <summary>Something came of it.</summary>
    public void Worked()
    {
        _interruptions = 0;
        Heard();
    }

    /// <summary>A watch stopped after it had begun, which any proxy may do at any time. Too often in a row is trouble, until a watch works.</summary>
    public void Interrupted(Exception exception)
    {
        if (++_interruptions > Harmless)
            Note(exception);
        else
            logger.LogDebug(exception, "The watch of {Kind} was interrupted and goes on", plural);
    }

    /// <summary>The server couldn't be asked, or said no. Trouble until it answers.</summary>
    public void Failed(Exception exception)
    {
        _interruptions = 0;
        Note(exception);
    }

    private void Note(Exception exception)
    {
        var translated = Faults.Translate(exception, $"watch {plural}");
        var message = translated.Message;
        var known = _trouble;
        if (known?.Message == message)
            return;

        var reason = (translated as RuntimeException)?.Reason ?? KubernetesConnectionException.Unreachable;
        _trouble = new InformerTrouble(reason, message, known?.Since ?? time.GetUtcNow());
        logger.LogWarning(exception, "Watching {Kind} fails and is tried again until it works: {Trouble}", plural, message);
    }
}

/// <summary>What is wrong with an informer's connection.</summary>
/// <param name="Reason">A stable word, for example <c>ClusterUnreachable</c>.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Since">Since when anything is wrong.</param>
internal sealed record InformerTrouble(string Reason, string Message, DateTimeOffset Since);
