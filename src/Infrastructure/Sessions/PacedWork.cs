namespace StackAgent.Infrastructure.Sessions;

internal static class PacedWork
{
    /// <summary>
    /// Repeats a transaction until it has nothing left to do (false), and rests between two as long as the last one took: half of the database
    /// is others', whose writes wait for one transaction at the most.
    /// </summary>
    public static async Task RepeatAsync(this TimeProvider time, Func<Task<bool>> transaction, CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            if (!await transaction())
                return;
            await Task.Delay(time.GetElapsedTime(started), time, cancellationToken);
        }
    }
}
