namespace StackAgent.Application.Common;

/// <summary>A part without which the server can't do its work; <c>/health/ready</c> asks each.</summary>
public interface IReadinessCheck
{
    /// <summary>One lower-case word, for example <c>database</c>.</summary>
    string Name { get; }

    /// <summary>Null when the part works, else a sentence that says what is wrong; anybody may read it.</summary>
    Task<string?> CheckAsync(CancellationToken cancellationToken);
}
