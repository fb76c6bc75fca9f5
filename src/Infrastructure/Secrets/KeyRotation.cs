using System.Collections.Immutable;
using System.Xml.Linq;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>
/// What becomes of the stored keys when <c>SECRET_KEY</c> changes. A key is stored once under each <c>SECRET_KEY</c> that some server may still have, so that servers with
/// the old one and with the new one work side by side, and start again. The old lock goes when nobody is told of it any more.
/// </summary>
internal sealed class KeyRotation(SecretKeyCipher present, AccountOptions options)
{
    private readonly ImmutableArray<SecretKeyCipher> _previous = [.. options.Previous.Select(previous => new SecretKeyCipher(previous))];

    /// <summary>Keys that only a previous <c>SECRET_KEY</c> opens, under the lock of the present one; in their order.</summary>
    public IReadOnlyList<DataProtectionKeyRow> FindMissing(IReadOnlyList<DataProtectionKeyRow> rows)
    {
        var known = Keys(rows).Where(key => LockedKey.IsLockedBy(key.Xml, present)).Select(key => LockedKey.IdOf(key.Xml)).ToHashSet();
        var missing = new List<DataProtectionKeyRow>();
        foreach (var (row, xml) in Keys(rows))
        {
            if (known.Contains(LockedKey.IdOf(xml)) || _previous.FirstOrDefault(cipher => LockedKey.Opens(row.Xml, cipher)) is not { } lockedBy)
                continue;

            known.Add(LockedKey.IdOf(xml));
            missing.Add(new DataProtectionKeyRow
            {
                FriendlyName = row.FriendlyName,
                Xml = LockedKey.Relock(xml, lockedBy, present).ToString(SaveOptions.DisableFormatting),
            });
        }

        return missing;
    }

    /// <summary>
    /// Keys under locks that this server isn't told of, which it has under its own, later lock. A later one than its own stays: then this server is the one that is behind.
    /// </summary>
    public IReadOnlyList<DataProtectionKeyRow> FindObsolete(IReadOnlyList<DataProtectionKeyRow> rows)
    {
        var own = Keys(rows)
            .Where(key => LockedKey.IsLockedBy(key.Xml, present))
            .GroupBy(key => LockedKey.IdOf(key.Xml))
            .ToDictionary(group => group.Key, group => group.Max(key => key.Row.Id));
        return
        [
            .. Keys(rows)
                .Where(key => own.TryGetValue(LockedKey.IdOf(key.Xml), out var id) && key.Row.Id < id)
                .Where(key => !_previous.Add(present).Any(cipher => LockedKey.IsLockedBy(key.Xml, cipher)))
                .Select(key => key.Row),
        ];
    }

    private static IEnumerable<(DataProtectionKeyRow Row, XElement Xml)> Keys(IEnumerable<DataProtectionKeyRow> rows) =>
        rows.Select(row => (row, XElement.Parse(row.Xml)));
}
