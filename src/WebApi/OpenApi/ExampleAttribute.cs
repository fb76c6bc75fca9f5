namespace StackAgent.WebApi.OpenApi;

/// <summary>An example of an operation's request, where the one made of its schema says too little.</summary>
/// <param name="json">A JSON document.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequestExampleAttribute(string json) : Attribute
{
    public string Json { get; } = json;
}

/// <summary>An example of an operation's answer, where the one made of its schema says too little.</summary>
/// <param name="status">The HTTP status that it belongs to.</param>
/// <param name="json">A JSON document.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ResponseExampleAttribute(int status, string json) : Attribute
{
    public int Status { get; } = status;

    public string Json { get; } = json;
}
