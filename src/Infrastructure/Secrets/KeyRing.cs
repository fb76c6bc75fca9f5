using System.Collections.Immutable;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>
/// The keys that this server's <c>SECRET_KEY</c> unlocks, as <see cref="KeyRingStartup"/> found or made them. In memory, because Data Protection
/// asks from within synchronous calls, and nothing is added while servers run.
/// </summary>
internal sealed class KeyRing(SecretKeyCipher cipher) : IXmlRepository
{
    private readonly Lock _adding = new();
    private ImmutableArray<XElement> _keys = [];
    private ImmutableArray<DataProtectionKeyRow> _unsaved = [];

    public bool IsEmpty => _keys.IsEmpty;

    /// <summary>Takes those of <paramref name="rows"/> that can be unlocked. The others wait for their <c>SECRET_KEY</c> to come back.</summary>
    public void Load(IEnumerable<DataProtectionKeyRow> rows)
    {
        lock (_adding)
            _keys = [.. rows.Select(row => XElement.Parse(row.Xml)).Where(key => LockedKey.IsLockedBy(key, cipher))];
    }

    /// <summary>What was added since the last call, to be saved.</summary>
    public ImmutableArray<DataProtectionKeyRow> TakeUnsaved()
    {
        lock (_adding)
        {
            var rows = _unsaved;
            _unsaved = [];
            return rows;
        }
    }

    IReadOnlyCollection<XElement> IXmlRepository.GetAllElements()
    {
        lock (_adding)
            return [.. _keys.Select(key => new XElement(key))];
    }

    void IXmlRepository.StoreElement(XElement element, string friendlyName)
    {
        lock (_adding)
        {
            _keys = _keys.Add(new XElement(element));
            _unsaved = _unsaved.Add(new DataProtectionKeyRow { FriendlyName = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        }
    }
}
