using System.Text.Json.Serialization;
using StackAgent.Application.Accounts;

namespace StackAgent.WebApi.Controllers.Accounts;

/// <summary>An account.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Email">As it was typed at registration.</param>
/// <param name="FullName">For people.</param>
/// <param name="Name">The same as <paramref name="FullName"/>, for clients that look for it here.</param>
/// <param name="IsActive">Whether it may log in.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="NotificationWebhookUrl">Gets a message when a session changes; left out when there is none.</param>
public sealed record UserResponse(
    Guid Id,
    string Email,
    string FullName,
    string Name,
    bool IsActive,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NotificationWebhookUrl)
{
    internal static UserResponse From(UserAccount user) =>
        new(user.Id, user.Email, user.FullName, user.FullName, user.IsActive, user.CreatedAt, user.NotificationWebhookUrl);
}

/// <summary>A new account, in the shapes of both older systems at once.</summary>
public sealed record RegisterResponse(
    Guid Id, string Email, string FullName, string Name, bool IsActive, DateTimeOffset CreatedAt, string Message, RegisteredUser User)
{
    internal static RegisterResponse From(UserAccount user) => new(
        user.Id, user.Email, user.FullName, user.FullName, user.IsActive, user.CreatedAt,
        "The account is ready; log in to use it.",
        new RegisteredUser(user.Id, user.Email, user.FullName, user.FullName));
}

/// <summary>The new account once more, for clients that look for it here.</summary>
public sealed record RegisteredUser(Guid Id, string Email, string FullName, string Name);

/// <summary>The tokens of a login.</summary>
/// <param name="AccessToken">For <c>Authorization: Bearer</c>.</param>
/// <param name="TokenType">Always <c>bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="RefreshToken">Single use; left out when the caller relies on the cookie (<c>?use_cookies=true</c>).</param>
/// <param name="User">Who logged in.</param>
public sealed record LoginResponse(
    string AccessToken,
    string TokenType,
    int ExpiresIn,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RefreshToken,
    UserResponse User)
{
    internal static LoginResponse From(LoginTokens tokens, bool withRefreshToken) => new(
        tokens.AccessToken,
        "bearer",
        (int)tokens.AccessTokenLifetime.TotalSeconds,
        withRefreshToken ? tokens.RefreshToken : null,
        UserResponse.From(tokens.User));

    /// <summary>The type's name: tokens that slip into a log line show nothing.</summary>
    public override string ToString() => nameof(LoginResponse);
}

/// <summary>A refresh token in the body, for clients that don't keep cookies.</summary>
public sealed record RefreshTokenBody(string? RefreshToken)
{
    /// <summary>The type's name: a token that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(RefreshTokenBody);
}

/// <summary>Another password for the caller's account.</summary>
/// <param name="CurrentPassword">The password as it is.</param>
/// <param name="NewPassword">8 to 128 characters, among them an upper-case letter, a lower-case letter and a digit.</param>
public sealed record PasswordChange(string? CurrentPassword, string? NewPassword)
{
    /// <summary>The type's name: a password that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(PasswordChange);
}

/// <summary>A login: one browser or program that stays logged in.</summary>
/// <param name="Id">For ending it.</param>
/// <param name="Address">From where it was last renewed, as the server saw it; null when that isn't known.</param>
/// <param name="UserAgent">What renewed it, in its own words; null when it didn't say.</param>
/// <param name="CreatedAt">When the password was given.</param>
/// <param name="LastUsedAt">When it was last renewed.</param>
/// <param name="ExpiresAt">When it ends unless it is renewed.</param>
/// <param name="Current">Whether this call was made with it.</param>
public sealed record LoginSummary(
    Guid Id, string? Address, string? UserAgent, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool Current)
{
    internal static LoginSummary From(LoginDetails login) => new(
        login.Id, login.Address, login.UserAgent, login.CreatedAt, login.LastUsedAt, login.ExpiresAt, login.IsCurrent);
}

public sealed record LoginsResponse(IReadOnlyList<LoginSummary> Logins)
{
    internal static LoginsResponse From(IEnumerable<LoginDetails> logins) => new([.. logins.Select(LoginSummary.From)]);
}

/// <summary>A sentence that says what was done.</summary>
public sealed record MessageResponse(string Message);
