namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Commits batches of reports, one at a time.</summary>
internal interface IReportStore : IAsyncDisposable
{
    /// <summary>
    /// Commits the batch in one transaction; its outcomes are set then. When it throws, nothing of it is acknowledged, and the same reports
    /// may be given again: those that were stored nevertheless, because only the answer of the database was lost, are recognised.
    /// </summary>
    Task CommitAsync(ReportBatch batch, CancellationToken cancellationToken);
}
