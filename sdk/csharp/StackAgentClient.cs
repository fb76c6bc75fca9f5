using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StackAgent.Client;

/// <summary>How a client behaves.</summary>
public sealed record StackAgentClientOptions
{
    /// <summary>After how long a request that doesn't stream is given up. Longer than any <c>wait</c> that you ask for.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How often a report is tried before its failure is passed on. Streams of events are opened again for as long as it takes.</summary>
    public int MaxTries { get; init; } = 5;

    /// <summary>The pause after the first failure; it doubles with each, up to <see cref="MaxPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause that the client makes by itself; a server that asks for a longer one gets it.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// A StackAgent server. Every operation of the API is a method of <see cref="Api"/>; here is what streams: uploads, logs, events, and reports that are sure to
/// arrive once. Refusals are exceptions derived from <see cref="StackAgentException"/>. Safe for use by several threads.
/// </summary>
public sealed partial class StackAgentClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly HttpClient _streams;
    private readonly StackAgentClientOptions _options;

    /// <summary>A client of a server.</summary>
    /// <param name="server">Its address, for example <c>https://stackagent.example.com</c>.</param>
    /// <param name="credential">An API key or an access token; null for calls that need none.</param>
    /// <param name="options">How it behaves; null: as by default.</param>
    /// <param name="handler">What sends the requests, for proxies and tests; it is disposed with the client.</param>
    public StackAgentClient(Uri server, string? credential = null, StackAgentClientOptions? options = null, HttpMessageHandler? handler = null)
    {
        _options = options ?? new StackAgentClientOptions();
        var errors = new ErrorHandler(handler ?? new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(15), UseCookies = false });
        var address = new Uri(server.AbsoluteUri.TrimEnd('/') + "/");
        _http = new HttpClient(errors) { BaseAddress = address, Timeout = _options.Timeout };
        _streams = new HttpClient(errors, disposeHandler: false) { BaseAddress = address, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        if (credential is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
            _streams.DefaultRequestHeaders.Authorization = _http.DefaultRequestHeaders.Authorization;
        }

        Api = new StackAgentApi(_http);
    }

    /// <summary>Every operation of the API that doesn't stream.</summary>
    public StackAgentApi Api { get; }

    /// <summary>Logs in, and returns a client that acts for the account while the access token lasts.</summary>
    public static async Task<StackAgentClient> LogInAsync(
        Uri server, string email, string password, StackAgentClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var anonymous = new StackAgentClient(server, options: options);
        var login = await anonymous.Api.LoginAsync(body: new LogIn { Email = email, Password = password }, cancellationToken: cancellationToken).ConfigureAwait(false);
        return new StackAgentClient(server, login.AccessToken, options);
    }

    /// <summary>Uploads an agent into a stack and deploys it.</summary>
    /// <param name="stackId">The stack.</param>
    /// <param name="name">1…255 characters, unique in the stack.</param>
    /// <param name="code">Its code.</param>
    /// <param name="details">What else there is to say.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    public Task<Agent> UploadAgentAsync(
        Guid stackId, string name, AgentCode code, UploadDetails? details = null, CancellationToken cancellationToken = default) =>
        SendCodeAsync<Agent>(HttpMethod.Post, $"api/stacks/{stackId}/agents", name, code, details, isTrial: false, cancellationToken);

    /// <summary>Says what would come of an upload; nothing is stored, and what would be refused is refused.</summary>
    public Task<CodePreview> PreviewAgentAsync(
        Guid stackId, string name, AgentCode code, UploadDetails? details = null, CancellationToken cancellationToken = default) =>
        SendCodeAsync<CodePreview>(HttpMethod.Post, $"api/stacks/{stackId}/agents", name, code, details, isTrial: true, cancellationToken);

    /// <summary>Gives an agent other code: makes a revision and deploys it.</summary>
    public Task<Revision> ReplaceCodeAsync(string agentId, AgentCode code, UploadDetails? details = null, CancellationToken cancellationToken = default) =>
        SendCodeAsync<Revision>(HttpMethod.Put, $"{AgentPath(agentId)}/code", name: null, code, details, isTrial: false, cancellationToken);

    /// <summary>Says what would come of other code; nothing is stored.</summary>
    public Task<CodePreview> PreviewCodeAsync(string agentId, AgentCode code, UploadDetails? details = null, CancellationToken cancellationToken = default) =>
        SendCodeAsync<CodePreview>(HttpMethod.Put, $"{AgentPath(agentId)}/code", name: null, code, details, isTrial: true, cancellationToken);

    /// <summary>A revision's ZIP as it was uploaded. Dispose the stream.</summary>
    public async Task<Stream> DownloadCodeAsync(string agentId, int revision, CancellationToken cancellationToken = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{AgentPath(agentId)}/revisions/{revision}/code");
        var response = await _streams.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until an agent runs.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="timeout">For how long; 5 minutes when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AgentFailedException">It failed, was stopped or is being deleted, or has nothing to run.</exception>
    /// <exception cref="TimeoutException">It was neither running nor failed in time.</exception>
    public async Task<Agent> WaitUntilRunningAsync(string agentId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var deadline = Environment.TickCount64 + (long)(timeout ?? TimeSpan.FromMinutes(5)).TotalMilliseconds;
        for (var failures = 0; ; failures++)
        {
            var agent = await Api.GetAgentAsync(agentId, cancellationToken).ConfigureAwait(false);
            switch (agent.Status)
            {
                case AgentStatus.Running:
                    return agent;
                case AgentStatus.Pending or AgentStatus.Deploying when Environment.TickCount64 < deadline:
                    await Task.Delay(PauseAfter(failures), cancellationToken).ConfigureAwait(false);
                    break;
                case AgentStatus.Pending or AgentStatus.Deploying:
                    throw new TimeoutException($"The agent {agent.Name} is still {Wire.WordOf(agent.Status)}: {agent.StatusMessage ?? "it gives no reason."}");
                default:
                    throw new AgentFailedException(agent);
            }
        }
    }

    /// <summary>Reports a status. Tried again while the server can't be reached; it is stored once all the same.</summary>
    /// <param name="report">What to report. Without an <see cref="ReportInput.EventId"/> it gets one.</param>
    /// <param name="cancellationToken">Ends the tries.</param>
    public Task ReportAsync(ReportInput report, CancellationToken cancellationToken = default) => SendReportsAsync(Identified(report), cancellationToken);

    /// <summary>Reports several statuses at once, up to 1,000, each accepted or refused on its own; tried again as one is.</summary>
    /// <returns>What became of each report, in their order; empty when all are stored.</returns>
    public async Task<IReadOnlyList<ReportResult>> ReportAsync(IEnumerable<ReportInput> reports, CancellationToken cancellationToken = default)
    {
        using var answer = await SendReportsAsync(new JsonArray([.. reports.Select(Identified)]), cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode != System.Net.HttpStatusCode.MultiStatus)
            return [];

        var partly = await ReadAsync<ReportsPartlyAccepted>(answer, cancellationToken).ConfigureAwait(false);
        return [.. partly.Results];
    }

    /// <summary>Sends any JSON to any address of the API: for what the types can't say, such as a null that clears a field of a merge patch.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, JsonNode? body = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, path.TrimStart('/')) { Content = body is null ? null : JsonContent(body) };
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReadAsync<T>(response, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _streams.Dispose();
        _http.Dispose();
    }

    private static string AgentPath(string agentId) => $"api/agents/{Uri.EscapeDataString(agentId)}";

    private static JsonNode Identified(ReportInput report)
    {
        var json = JsonSerializer.SerializeToNode(report, Wire.Json)!;
        json["event_id"] ??= Guid.NewGuid().ToString();
        return json;
    }

    private static StringContent JsonContent(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return await JsonSerializer.DeserializeAsync<T>(body, Wire.Json, cancellationToken).ConfigureAwait(false)
            ?? throw new JsonException("The server's answer is empty.");
    }

    private async Task<HttpResponseMessage> SendReportsAsync(JsonNode body, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            TimeSpan pause;
            try
            {
                using var content = JsonContent(body);
                return await _http.PostAsync(new Uri("webhook/status", UriKind.Relative), content, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (failures + 1 < _options.MaxTries && IsPassing(exception, cancellationToken))
            {
                pause = PauseAfter(failures, exception);
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> SendCodeAsync<T>(
        HttpMethod method, string path, string? name, AgentCode code, UploadDetails? details, bool isTrial, CancellationToken cancellationToken)
    {
        details ??= new UploadDetails();
        using var form = new MultipartFormDataContent();
        Add("name", name);
        Add("description", details.Description);
        Add("note", details.Note);
        Add("config", details.Config is null ? null : JsonSerializer.Serialize(details.Config, Wire.Json));
        // Last, so that a bad word is refused before the file is sent.
        form.Add(new StreamContent(code.Zip), "file", "agent.zip");
        using var request = new HttpRequestMessage(method, isTrial ? $"{path}?dry_run=true" : path) { Content = form };
        if (details.IfMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", details.IfMatch);
        if (details.IdempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", details.IdempotencyKey);
        using var response = await _streams.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReadAsync<T>(response, cancellationToken).ConfigureAwait(false);

        void Add(string field, string? text)
        {
            if (text is not null)
                form.Add(new StringContent(text), field);
        }
    }

    /// <summary>Whether it is worth another try: the server can't be reached, is busy, or wants fewer requests.</summary>
    private static bool IsPassing(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        HttpRequestException or IOException or UnavailableException or RateLimitedException => true,
        _ => false,
    };

    private TimeSpan PauseAfter(int failures, Exception? exception = null)
    {
        var own = Math.Min(_options.FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20)), _options.MaxPause.TotalMilliseconds);
        var asked = exception switch
        {
            RateLimitedException limited => limited.RetryAfter,
            UnavailableException { RetryAfter: { } after } => after,
            _ => TimeSpan.Zero,
        };
        return TimeSpan.FromMilliseconds(Math.Max(own, asked.TotalMilliseconds));
    }
}

/// <summary>What may be said of an upload beside its code.</summary>
public sealed record UploadDetails
{
    /// <summary>Of a new agent: at most 5,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>What to remember about the revision; at most 1,000 characters.</summary>
    public string? Note { get; init; }

    /// <summary>How the agent is to be run, as far as it differs from its <c>agent.yaml</c>.</summary>
    public AgentConfigPatch? Config { get; init; }

    /// <summary>For other code: the state that it is meant for, an <c>ETag</c>.</summary>
    public string? IfMatch { get; init; }

    /// <summary>A name for the request: a repeat with the same one gets the first answer and does nothing.</summary>
    public string? IdempotencyKey { get; init; }
}
