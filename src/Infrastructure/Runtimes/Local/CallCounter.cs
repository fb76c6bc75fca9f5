namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Counts the requests that are on their way to a process, so that its end can wait for theirs.</summary>
internal sealed class CallCounter
{
    private readonly Lock _sync = new();
    private int _calls;
    private TaskCompletionSource? _idle;

    /// <summary>A request is on its way until what is returned is disposed.</summary>
    public IDisposable Enter()
    {
        lock (_sync)
            _calls++;
        return new Call(this);
    }

    /// <summary>Done when no request is on its way.</summary>
    public Task WhenIdle()
    {
        lock (_sync)
            return _calls == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void Leave()
    {
        lock (_sync)
        {
            if (--_calls > 0)
                return;

            _idle?.SetResult();
            _idle = null;
        }
    }

    private sealed class Call(CallCounter counter) : IDisposable
    {
        private CallCounter? _counter = counter;

        public void Dispose() => Interlocked.Exchange(ref _counter, null)?.Leave();
    }
}
