namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

internal static class BearerToken
{
    /// <summary>Whether it can stand in a header; anything else came from a damaged file or would be taken for another header.</summary>
    public static bool IsValid(string token) => token.Length > 0 && token.All(character => character is > ' ' and < '\u007f');
}
