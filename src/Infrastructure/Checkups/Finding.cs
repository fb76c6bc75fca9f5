namespace StackAgent.Infrastructure.Checkups;

public enum Grade
{
    Ok,

    /// <summary>StackAgent works, but not as well as it could, or not for long.</summary>
    Warning,

    /// <summary>Something that it needs isn't there.</summary>
    Fault,
}

/// <summary>What was looked at, what was found, and what to do about it.</summary>
/// <param name="Grade">How bad it is.</param>
/// <param name="What">A few words.</param>
/// <param name="Found">A sentence or a few words; no secret.</param>
/// <param name="Advice">Null when there is nothing to do.</param>
public sealed record Finding(Grade Grade, string What, string Found, string? Advice = null);

/// <summary>Gathers findings; what was found before an examination broke off is kept.</summary>
public sealed class Findings
{
    private readonly List<Finding> _all = [];

    public IReadOnlyList<Finding> All => _all;

    public void Ok(string what, string found) => _all.Add(new Finding(Grade.Ok, what, found));

    public void Warn(string what, string found, string advice) => _all.Add(new Finding(Grade.Warning, what, found, advice));

    public void Fault(string what, string found, string advice) => _all.Add(new Finding(Grade.Fault, what, found, advice));
}

/// <summary>Looks at one part of what StackAgent needs, and changes nothing: a file that it writes to find out is gone when it is done.</summary>
public interface ICheckup
{
    /// <summary>What is looked at, in a word or two.</summary>
    string Area { get; }

    /// <summary>Adds what it finds.</summary>
    Task ExamineAsync(Findings findings, CancellationToken cancellationToken);
}
