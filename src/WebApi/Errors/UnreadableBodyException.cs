namespace StackAgent.WebApi.Errors;

/// <summary>A body, or a header, that can't be taken at all: malformed (400) or too large (413).</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="errors">What is wrong, by field; <c>body</c> for the whole, or the header's name.</param>
internal sealed class UnreadableBodyException(int status, IReadOnlyDictionary<string, string[]> errors)
    : Exception(string.Join(' ', errors.Values.SelectMany(sentences => sentences)))
{
    public UnreadableBodyException(int status, string field, string sentence)
        : this(status, new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [sentence] })
    {
    }

    public int Status { get; } = status;

    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors;
}
