using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>
/// A token or password, a client certificate, or both, as a kubeconfig names them. What is in files is read again every minute and after a refusal, for
/// somebody else renews it there; while it can't be read (files are being replaced), the last good one stays.
/// </summary>
internal sealed class FileCredentials : ICredentialSource, IDisposable
{
    /// <summary>Kubernetes renews the token of a pod's account long before it expires; a minute late is early enough.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly ClusterConnection _connection;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _reading = new(1);
    private volatile Snapshot? _snapshot;

    public FileCredentials(ClusterConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        CanRenew = connection.Credentials is TokenFileCredentials
            || connection.ClientCertificate is { Certificate.Path: not null } or { Key.Path: not null };
    }

    public bool CanRenew { get; }

    public async ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (_snapshot is { } snapshot && !IsDue(snapshot))
            return snapshot.Credential;

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return _snapshot is { } current && !IsDue(current) ? current.Credential : await ReadAsync(cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    public async ValueTask<ClusterCredential?> RenewAsync(ClusterCredential refused, CancellationToken cancellationToken)
    {
        if (!CanRenew)
            return null;

        await _reading.WaitAsync(cancellationToken);
        try
        {
            var current = _snapshot?.Credential;
            if (ReferenceEquals(current, refused))
                current = await ReadAsync(cancellationToken);
            return ReferenceEquals(current, refused) ? null : current;
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private bool IsDue(Snapshot snapshot) => CanRenew && _time.GetElapsedTime(snapshot.ReadAt) >= MaxAge;

    /// <summary>The credential that was there before, when nothing has changed.</summary>
    private async Task<ClusterCredential> ReadAsync(CancellationToken cancellationToken)
    {
        var last = _snapshot;
        try
        {
            var texts = new Texts(
                _connection.Credentials is TokenFileCredentials file ? (await File.ReadAllTextAsync(file.Path, cancellationToken)).Trim() : null,
                await ReadAsync(_connection.ClientCertificate?.Certificate, cancellationToken),
                await ReadAsync(_connection.ClientCertificate?.Key, cancellationToken));
            var credential = last is not null && last.Texts == texts ? last.Credential : Make(texts, last);
            _snapshot = new Snapshot(texts, credential, _time.GetTimestamp());
            return credential;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            if (last is null)
                throw new ClusterCredentialException($"The credentials for {_connection.Description} can't be read: {exception.Message}", exception);
            _snapshot = last with { ReadAt = _time.GetTimestamp() };
            return last.Credential;
        }
    }

    private static async Task<string?> ReadAsync(PemSource? source, CancellationToken cancellationToken) =>
        source?.Path is { } path ? await File.ReadAllTextAsync(path, cancellationToken) : source?.Text;

    private ClusterCredential Make(Texts texts, Snapshot? last)
    {
        var identity = texts is not { Certificate: { } certificate, Key: { } key } ? null
            : last is not null && last.Texts.Certificate == certificate && last.Texts.Key == key ? last.Credential.Identity
            : ClientIdentity.FromPem(certificate, key);
        return new ClusterCredential(Authorization(texts.Token), identity);
    }

    private AuthenticationHeaderValue? Authorization(string? tokenOfFile) => _connection.Credentials switch
    {
        TokenCredentials credentials => new AuthenticationHeaderValue("Bearer", credentials.Token),
        TokenFileCredentials => tokenOfFile is not null && BearerToken.IsValid(tokenOfFile)
            ? new AuthenticationHeaderValue("Bearer", tokenOfFile)
            : throw new FormatException("the file doesn't hold a token."),
        BasicCredentials credentials => new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.UserName}:{credentials.Password}"))),
        _ => null,
    };

    private sealed record Texts(string? Token, string? Certificate, string? Key);

    private sealed record Snapshot(Texts Texts, ClusterCredential Credential, long ReadAt);
}
