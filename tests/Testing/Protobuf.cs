using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace StackAgent.Testing;

/// <summary>A message in protobuf's binary form, read without its description: fields by their numbers.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];

    /// <summary>Reads the bytes.</summary>
    /// <exception cref="FormatException">The bytes aren't a message.</exception>
    public Protobuf(ReadOnlyMemory<byte> message)
    {
        var position = 0;
        while (position < message.Length)
        {
            var tag = Varint();
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((field, Varint(), default));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(Take(8).Span), default));
                    break;
                case 2:
                    _fields.Add((field, 0, Take((int)Varint())));
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span), default));
                    break;
                default:
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Field {field} has an unknown wire type."));
            }
        }

        ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var part = Take(1).Span[0];
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                    return value;
            }
        }

        ReadOnlyMemory<byte> Take(int count)
        {
            if (count < 0 || count > message.Length - position)
                throw new FormatException("The message ends too early.");
            position += count;
            return message.Slice(position - count, count);
        }
    }

    public IEnumerable<Protobuf> Messages(int field) => Of(field).Select(found => new Protobuf(found.Bytes));

    /// <summary>The message at the end of a path of fields; every one where there are several.</summary>
    public IEnumerable<Protobuf> Along(params ReadOnlySpan<int> path)
    {
        IEnumerable<Protobuf> found = [this];
        foreach (var field in path)
            found = [.. found.SelectMany(message => message.Messages(field))];
        return found;
    }

    public string Text(int field) => Of(field).Select(found => Encoding.UTF8.GetString(found.Bytes.Span)).FirstOrDefault("");

    public string Hex(int field) => Of(field).Select(found => Convert.ToHexStringLower(found.Bytes.Span)).FirstOrDefault("");

    public long Integer(int field) => Of(field).Select(found => (long)found.Number).FirstOrDefault();

    public double Double(int field) => Of(field).Select(found => BitConverter.UInt64BitsToDouble(found.Number)).FirstOrDefault();

    public bool Has(int field) => _fields.Exists(found => found.Field == field);

    private IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Of(int field) => _fields.Where(found => found.Field == field);
}
