using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>An HTTP client that shows cookies and headers as they go over the wire.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri address)
    {
        _http = new HttpClient(new DocumentedAnswers(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })) { BaseAddress = address };
    }

    public Task<Reply> GetAsync(string path, string? bearer = null, string? apiKey = null) =>
        SendAsync(HttpMethod.Get, path, body: null, bearer, apiKey);

    public Task<Reply> PostAsync(string path, object? body = null, string? bearer = null, string? cookie = null) =>
        SendAsync(HttpMethod.Post, path, body, bearer, cookie: cookie);

    public async Task<Reply> SendAsync(
        HttpMethod method, string path, object? body = null, string? bearer = null, string? apiKey = null, string? cookie = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is string raw)
            request.Content = new StringContent(raw, Encoding.UTF8, "application/json");
        else if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType());
        if (bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (apiKey is not null)
            request.Headers.Add("X-API-Key", apiKey);
        if (cookie is not null)
            request.Headers.Add("Cookie", $"refresh_token={cookie}");

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(
            response.StatusCode,
            text.Length == 0 ? default : JsonDocument.Parse(text).RootElement,
            response.Headers,
            response.Content.Headers.ContentType?.MediaType);
    }

    public Task<Reply> RegisterAsync(string email, string password = Passwords.Good, string fullName = "Ada Lovelace") =>
        PostAsync("/api/auth/register", new { email, password, full_name = fullName });

    public Task<Reply> LogInAsync(string email, string password = Passwords.Good, string query = "") =>
        PostAsync($"/api/auth/login{query}", new { email, password });

    /// <summary>A new account of the test's own, logged in.</summary>
    public async Task<(string Email, string AccessToken, string RefreshToken, Guid UserId)> NewUserAsync()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        await RegisterAsync(email);
        var reply = await LogInAsync(email);
        return (email, reply.Text("access_token"), reply.Text("refresh_token"), reply.Body.GetProperty("user").GetProperty("id").GetGuid());
    }

    public void Dispose() => _http.Dispose();
}

internal static class Passwords
{
    public const string Good = "Correct-Horse-1";
    public const string Wrong = "Wrong-Battery-2";
}

internal sealed record Reply(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers, string? ContentType)
{
    public string Text(string field) => Body.GetProperty(field).GetString()!;

    public bool Has(string field) => Body.TryGetProperty(field, out _);

    public string? SetCookie => Headers.TryGetValues("Set-Cookie", out var values) ? values.Single() : null;

    public string? CookieValue => SetCookie?.Split(';')[0]["refresh_token=".Length..];

    public IEnumerable<string> Fields => Body.EnumerateObject().Select(member => member.Name);
}
