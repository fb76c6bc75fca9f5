namespace StackAgent.WebApi.Configuration;

/// <summary>The environment holds values that the server can't start with: one sentence for each, naming its variable and repeating no secret.</summary>
public sealed class SettingsException(IReadOnlyList<string> sentences) : Exception(string.Join(Environment.NewLine, sentences))
{
    public SettingsException(string sentence)
        : this([sentence])
    {
    }

    public IReadOnlyList<string> Sentences { get; } = sentences;
}
