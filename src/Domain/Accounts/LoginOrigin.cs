using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>Where a login was used from: what its owner recognises it by. Both parts are claims of the client's side and prove nothing.</summary>
public sealed record LoginOrigin
{
    public const int AddressMaxLength = 64;
    public const int UserAgentMaxLength = 300;

    /// <summary>An origin as a request tells it.</summary>
    /// <param name="address">The client's address; null when it isn't known.</param>
    /// <param name="userAgent">The header <c>User-Agent</c>; what is too long is cut, what can't be stored is left out.</param>
    public LoginOrigin(string? address, string? userAgent)
    {
        Address = Acceptable(address, AddressMaxLength);
        UserAgent = Acceptable(userAgent, UserAgentMaxLength);
    }

    public static LoginOrigin Unknown { get; } = new(address: null, userAgent: null);

    public string? Address { get; }

    public string? UserAgent { get; }

    private static string? Acceptable(string? text, int maxLength) =>
        string.IsNullOrWhiteSpace(text) || !Text.IsStorable(text) ? null : Text.Truncate(text.Trim(), maxLength);
}
