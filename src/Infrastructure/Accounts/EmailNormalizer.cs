using Microsoft.AspNetCore.Identity;
using StackAgent.Domain.Accounts;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>Makes Identity compare e-mail addresses as the domain does; the user name is the e-mail address.</summary>
internal sealed class EmailNormalizer : ILookupNormalizer
{
    public string? NormalizeEmail(string? email) => EmailAddress.Normalize(email);

    public string? NormalizeName(string? name) => EmailAddress.Normalize(name);
}
