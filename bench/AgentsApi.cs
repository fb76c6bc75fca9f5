using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>The server's API as far as benchmarks go through it, for the account that the client is signed in with.</summary>
internal sealed class AgentsApi(HttpClient client)
{
    public async Task<Guid> CreateStackAsync(string name)
    {
        using var answer = await client.PostAsJsonAsync("api/stacks", new { name });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    /// <summary>Returns the agent as the server describes it.</summary>
    public async Task<JsonElement> UploadAsync(Guid stack, string name, HttpContent zip)
    {
        zip.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        using var form = new MultipartFormDataContent { { new StringContent(name), "name" }, { zip, "file", "code.zip" } };
        using var answer = await client.PostAsync($"api/stacks/{stack}/agents", form);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The upload was refused: {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<string> StatusAsync(Guid agent)
    {
        var found = await client.GetFromJsonAsync<JsonElement>($"api/agents/{agent}");
        return found.GetProperty("status").GetString()!;
    }

    public Task<int> CountAgentsAsync(string status) => CountAsync($"api/agents?limit=1&status={status}");

    public Task<int> CountStacksAsync(string? status = null) => CountAsync($"api/stacks?limit=1{(status is null ? "" : $"&status={status}")}");

    public async Task DeleteStackAsync(Guid stack)
    {
        using var answer = await client.DeleteAsync($"api/stacks/{stack}");
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Asks for the agent's end and waits for it.</summary>
    public async Task DeleteAgentAsync(Guid agent)
    {
        using (var answer = await client.DeleteAsync($"api/agents/{agent}"))
            answer.EnsureSuccessStatusCode();
        await UntilGoneAsync(agent);
    }

    public Task UntilGoneAsync(Guid agent) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await client.GetAsync($"api/agents/{agent}");
            return answer.StatusCode == HttpStatusCode.NotFound;
        },
        "the agent to be gone");

    private async Task<int> CountAsync(string path) => (await client.GetFromJsonAsync<JsonElement>(path)).GetProperty("total").GetInt32();
}
