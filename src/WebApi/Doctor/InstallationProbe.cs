using System.Net;

namespace StackAgent.WebApi.Doctor;

/// <summary>Who answers at an address.</summary>
internal enum Answerer
{
    /// <summary>A server of this installation.</summary>
    Ours,

    /// <summary>A StackAgent with another <c>SECRET_KEY</c>, or one that is too old to prove itself.</summary>
    AnotherStackAgent,

    SomethingElse,

    /// <summary>What is in front of servers, with no server behind it.</summary>
    Gateway,

    /// <summary>It sends elsewhere.</summary>
    Redirect,

    /// <summary>There is no such name.</summary>
    NoName,

    /// <summary>Its certificate isn't to be trusted.</summary>
    Untrusted,

    Nobody,
}

/// <summary>What came of asking an address who it is.</summary>
/// <param name="By">Who it is.</param>
/// <param name="Detail">A few words more: a status, where it sends, what went wrong.</param>
internal sealed record ProbeAnswer(Answerer By, string Detail);

/// <summary>Asks an address who it is. Follows nothing, sends no credentials, reads little.</summary>
internal sealed class InstallationProbe(InstallationProof proof) : IDisposable
{
    private const int MostRead = 4096;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxResponseHeadersLength = 32,
    })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Asks <c>/health</c> below the address.</summary>
    /// <param name="baseUrl">http or https.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<ProbeAnswer> AskAsync(Uri baseUrl, CancellationToken cancellationToken)
    {
        var address = new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + InstallationProof.Path);
        try
        {
            var answer = new ProbeAnswer(Answerer.Nobody, "");
            foreach (var question in proof.Ask())
            {
                answer = await AskAsync(address, question, cancellationToken);
                if (answer.By != Answerer.AnotherStackAgent)
                    break;
            }

            return answer;
        }
        catch (HttpRequestException exception)
        {
            return new ProbeAnswer(
                exception.HttpRequestError switch
                {
                    HttpRequestError.NameResolutionError => Answerer.NoName,
                    HttpRequestError.SecureConnectionError => Answerer.Untrusted,
                    _ => Answerer.Nobody,
                },
                (exception.InnerException ?? exception).Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeAnswer(Answerer.Nobody, "no answer in time");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ProbeAnswer> AskAsync(Uri address, InstallationProof.Question question, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add(InstallationProof.Header, question.Text);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var status = $"{(int)response.StatusCode} {response.StatusCode}";
        if (response.Headers.TryGetValues(InstallationProof.Header, out var answers) && answers.Contains(question.Expected, StringComparer.Ordinal))
            return new ProbeAnswer(Answerer.Ours, status);

        return response.StatusCode switch
        {
            HttpStatusCode.OK => new ProbeAnswer(await IsStackAgentAsync(response, cancellationToken) ? Answerer.AnotherStackAgent : Answerer.SomethingElse, status),
            HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => new ProbeAnswer(Answerer.Gateway, status),
            >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest => new ProbeAnswer(Answerer.Redirect, $"{response.Headers.Location}"),
            _ => new ProbeAnswer(Answerer.SomethingElse, status),
        };
    }

    private static async Task<bool> IsStackAgentAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostRead];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, MostRead, throwOnEndOfStream: false, cancellationToken);
        return buffer.AsSpan(0, length).IndexOf("\"healthy\""u8) >= 0;
    }
}
