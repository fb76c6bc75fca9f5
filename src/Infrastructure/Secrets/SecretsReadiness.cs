using System.Security.Cryptography;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>Whether secrets can be stored and read again.</summary>
internal sealed class SecretsReadiness(KeyRing ring, ISecretProtector protector) : IReadinessCheck
{
    private const string Sample = "readiness";

    public string Name => "secrets";

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        !ring.IsEmpty && Works() ? null : "Stored secrets can't be read: none of the keys in the database opens with this SECRET_KEY.");

    private bool Works()
    {
        try
        {
            return protector.Unprotect(protector.Protect(Sample)) == Sample;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
