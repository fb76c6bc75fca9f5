using Microsoft.AspNetCore.DataProtection;
using StackAgent.Application.Common.Security;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>Protects with the newest key of the <see cref="KeyRing"/>.</summary>
internal sealed class SecretProtector(IDataProtectionProvider provider) : ISecretProtector
{
    private readonly IDataProtector _protector = provider.CreateProtector("stackagent/secrets/v1");

    public string Protect(string plaintext) => _protector.Protect(plaintext);

    public string Unprotect(string text) => _protector.Unprotect(text);
}
