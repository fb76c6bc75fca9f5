using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests;

/// <summary>Somebody who uses the API, of a server in this process or in one of its own.</summary>
internal sealed class Caller(HttpClient http) : IDisposable
{
    public HttpClient Http => http;

    public Guid UserId { get; private set; }

    public string Email { get; private set; } = "";

    /// <summary>Registers and logs in.</summary>
    public async Task SignUpAsync()
    {
        Email = $"{Guid.NewGuid():N}@example.com";
        var account = new { email = Email, password = Passwords.Good, full_name = "Ada Lovelace" };
        UserId = (await PostAsync("/api/auth/register", account)).Body.GetProperty("id").GetGuid();
        var login = await PostAsync("/api/auth/login", account);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", login.Text("access_token"));
    }

    public Task<Reply> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Reply> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Reply> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, path, body);

    public Task<Reply> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Reply> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>Sends text as it is, with the JSON content type; content as it is; and anything else as JSON.</summary>
    public async Task<Reply> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string raw => new StringContent(raw, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, body.GetType()),
        };
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(
            response.StatusCode,
            text.Length == 0 ? default : JsonDocument.Parse(text).RootElement,
            response.Headers,
            response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>A new stack's id.</summary>
    public async Task<Guid> CreateStackAsync(string name = "stack", string? description = null)
    {
        var reply = await PostAsync("/api/stacks", new { name, description });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        return reply.Body.GetProperty("id").GetGuid();
    }

    /// <summary>Sends the form with which an agent is made.</summary>
    public async Task<Reply> UploadAsync(Guid stack, string name, byte[] zip, string? description = null)
    {
        using var form = new MultipartFormDataContent { { new StringContent(name), "name" } };
        if (description is not null)
            form.Add(new StringContent(description), "description");
        form.Add(new ByteArrayContent(zip), "file", "agent.zip");
        return await SendAsync(HttpMethod.Post, $"/api/stacks/{stack}/agents", form);
    }

    /// <summary>Sends the form with which an agent gets other code.</summary>
    public async Task<Reply> ChangeCodeAsync(Guid agent, byte[] zip, string? config = null, string? note = null, string query = "")
    {
        using var form = new MultipartFormDataContent();
        if (config is not null)
            form.Add(new StringContent(config), "config");
        if (note is not null)
            form.Add(new StringContent(note), "note");
        form.Add(new ByteArrayContent(zip), "file", "agent.zip");
        return await SendAsync(HttpMethod.Put, $"/api/agents/{agent}/code{query}", form);
    }

    /// <summary>A new agent's id.</summary>
    public async Task<Guid> DeployAsync(Guid stack, string name, byte[] zip)
    {
        var reply = await UploadAsync(stack, name, zip);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        return reply.Body.GetProperty("id").GetGuid();
    }

    public async Task ReportAsync(string agent, string status = "running", string? message = null)
    {
        var reply = await PostAsync("/webhook/status", new { agent_id = agent, session_topic = "topic", status, message });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
    }

    /// <summary>The key of a new API key.</summary>
    public async Task<string> NewKeyAsync(params string[] scopes) => (await PostAsync("/api/apikeys", new { name = "key", scopes })).Text("key");

    /// <summary>Waits until the stack or agent at <paramref name="path"/> has the status.</summary>
    public Task<Reply> UntilAsync(string path, string status) => Eventually.GetAsync(
        () => GetAsync(path), reply => reply.Status == HttpStatusCode.OK && reply.Text("status") == status, $"{path} to be {status}");

    public Task UntilGoneAsync(string path) => Eventually.GetAsync(
        () => GetAsync(path), reply => reply.Status == HttpStatusCode.NotFound, $"{path} to be gone");

    public void Dispose() => http.Dispose();
}
