using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using StackAgent.Application.Accounts;

namespace StackAgent.WebApi.Doctor;

/// <summary>
/// By which a server and the doctor recognise each other: both have the installation's <c>SECRET_KEY</c>. The one who asks proves it first, so that nobody
/// else gets anything out of a server to guess the secret by.
/// </summary>
internal sealed class InstallationProof
{
    /// <summary>Of the question and of its answer.</summary>
    public const string Header = "X-StackAgent-Doctor";

    /// <summary>Where it may be asked.</summary>
    public const string Path = "/health";

    private const int NonceLength = 22;
    private const int LongestQuestion = 100;

    private readonly byte[][] _keys;

    public InstallationProof(AccountOptions options) =>
        _keys = [.. options.Previous.Prepend(options).Select(known => known.DeriveKey("stackagent/doctor/v1"))];

    /// <summary>A question for each secret that the server may have.</summary>
    public IEnumerable<Question> Ask()
    {
        foreach (var key in _keys)
        {
            var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
            yield return new Question($"{nonce}.{Sign(key, "ask", nonce)}", Sign(key, "answer", nonce));
        }
    }

    /// <summary>Null: whoever asks doesn't have this installation's secret.</summary>
    public string? Answer(StringValues header)
    {
        if (header is not [{ Length: > NonceLength and <= LongestQuestion } text] || text[NonceLength] != '.')
            return null;

        var nonce = text[..NonceLength];
        var signature = Encoding.ASCII.GetBytes(text[(NonceLength + 1)..]);
        return _keys
            .Where(key => CryptographicOperations.FixedTimeEquals(signature, Encoding.ASCII.GetBytes(Sign(key, "ask", nonce))))
            .Select(key => Sign(key, "answer", nonce))
            .FirstOrDefault();
    }

    private static string Sign(byte[] key, string purpose, string nonce) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes($"{purpose}:{nonce}")));

    /// <summary>What only this installation's servers can answer.</summary>
    /// <param name="Text">To send.</param>
    /// <param name="Expected">What a server of this installation answers.</param>
    public sealed record Question(string Text, string Expected);
}

internal static class InstallationProofMiddleware
{
    public static IServiceCollection AddInstallationProof(this IServiceCollection services) => services.AddSingleton<InstallationProof>();

    /// <summary>Answers the doctor's question beside what else the address answers.</summary>
    public static IApplicationBuilder UseInstallationProof(this IApplicationBuilder app)
    {
        var proof = app.ApplicationServices.GetRequiredService<InstallationProof>();
        return app.Use((context, next) =>
        {
            if (context.Request.Path == InstallationProof.Path
                && context.Request.Headers.TryGetValue(InstallationProof.Header, out var question)
                && proof.Answer(question) is { } answer)
            {
                context.Response.Headers[InstallationProof.Header] = answer;
            }

            return next(context);
        });
    }
}
