namespace StackAgent.Application.Common;

/// <summary>A field of a partial update: absent (unchanged), or present with a value, which may be null (cleared).</summary>
public readonly record struct Optional<T>
{
    public Optional(T? value)
    {
        Value = value;
        IsPresent = true;
    }

    public bool IsPresent { get; }

    public T? Value { get; }

    /// <summary>This value if there is one, else <paramref name="present"/>.</summary>
    public T? Or(T? present) => IsPresent ? Value : present;

    public static implicit operator Optional<T>(T? value) => new(value);
}
