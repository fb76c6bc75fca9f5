using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Secrets;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>Whether what is stored encrypted can be read.</summary>
internal static class KeyRingCheckup
{
    private const string What = "stored secrets";
    private const string Previous = "SECRET_KEY_PREVIOUS";

    /// <summary>Tries the locks of the keys.</summary>
    /// <param name="findings">Where what is found goes.</param>
    /// <param name="keys">The keys' XML, as stored.</param>
    /// <param name="accounts">With the <c>SECRET_KEY</c> and those before it.</param>
    public static void Examine(Findings findings, IReadOnlyList<string> keys, AccountOptions accounts)
    {
        var present = KeysThatOpen(keys, [accounts]);
        var before = KeysThatOpen(keys, accounts.Previous);
        before.ExceptWith(present);
        var closed = keys.Select(LockedKey.IdOf).ToHashSet();
        closed.ExceptWith(present);
        closed.ExceptWith(before);

        if (keys.Count == 0)
        {
            findings.Ok(What, "none yet; the server makes their key at its first start");
        }
        else if (present.Count + before.Count == 0)
        {
            findings.Fault(
                What,
                "none of the keys in the database opens with this SECRET_KEY: webhooks' and agents' secrets can't be read",
                $"Set SECRET_KEY to what it was, or put that into {Previous}. If it is lost, see \"The key is lost\" in docs/operations.md.");
        }
        else if (closed.Count > 0)
        {
            findings.Warn(
                What,
                $"{closed.Count} of {present.Count + before.Count + closed.Count} keys don't open: what was encrypted with them can't be read",
                $"If the SECRET_KEY of that time is known, put it into {Previous}; else store those secrets anew.");
        }
        else if (before.Count > 0)
        {
            findings.Ok(What, $"they open with {Previous}; the server will lock them with SECRET_KEY at its next start");
        }
        else
        {
            findings.Ok(What, "they open with SECRET_KEY");
        }
    }

    private static HashSet<Guid> KeysThatOpen(IEnumerable<string> keys, IEnumerable<AccountOptions> secrets)
    {
        var ciphers = secrets.Select(secret => new SecretKeyCipher(secret)).ToList();
        return [.. keys.Where(key => ciphers.Exists(cipher => LockedKey.Opens(key, cipher))).Select(LockedKey.IdOf)];
    }
}
