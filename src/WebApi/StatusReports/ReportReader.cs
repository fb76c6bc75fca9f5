using System.Buffers;
using System.Text.Json;
using StackAgent.Application.Sessions;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.StatusReports;

/// <summary>Turns the JSON of a report or an array of reports into what the use cases take. An item of the wrong shape spoils only itself.</summary>
internal static class ReportReader
{
    // Reports are flat; deeper fields are unknown ones, which are ignored.
    private const int MaxDepth = 16;
    private const string NotAnObject = "This must be a JSON object.";
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    public static bool StartsArray(ReadOnlySequence<byte> json)
    {
        var reader = new SequenceReader<byte>(json);
        reader.IsNext(ByteOrderMark, advancePast: true);
        reader.AdvancePastAny((byte)' ', (byte)'\t', (byte)'\r', (byte)'\n');
        return reader.TryPeek(out var first) && first == '[';
    }

    /// <summary>Throws <see cref="UnreadableBodyException"/> for what isn't JSON, and for a single report of the wrong shape.</summary>
    public static ReportBody Read(ReadOnlySequence<byte> json)
    {
        var start = new SequenceReader<byte>(json);
        start.IsNext(ByteOrderMark, advancePast: true);
        var reader = new Utf8JsonReader(start.UnreadSequence, ReaderOptions);
        try
        {
            if (!reader.Read())
                throw Malformed("This call needs a JSON body.");

            var isArray = reader.TokenType == JsonTokenType.StartArray;
            var items = isArray ? ReadItems(ref reader) : [ReadItem(ref reader)];
            if (items.Count <= ReportStatusBatch.MaxItems)
                reader.Read(); // Throws when something follows.
            if (!isArray && items[0].Unreadable is { } unreadable)
                throw unreadable;

            return new ReportBody(isArray, items);
        }
        catch (JsonException)
        {
            throw Malformed("The body isn't valid JSON.");
        }
    }

    private static List<ReportItem> ReadItems(ref Utf8JsonReader reader)
    {
        var items = new List<ReportItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadItem(ref reader));

            // One too many is enough to refuse the array; the rest isn't worth the reading.
            if (items.Count > ReportStatusBatch.MaxItems)
                return items;
        }

        return items;
    }

    private static ReportItem ReadItem(ref Utf8JsonReader reader)
    {
        var start = reader;
        try
        {
            var report = JsonSerializer.Deserialize(ref reader, ReportJson.Default.ReportInput);
            return report is null ? new ReportItem(new ReportInput(), Malformed(NotAnObject)) : new ReportItem(report);
        }
        catch (JsonException wrong) when (wrong.InnerException is not JsonException)
        {
            reader = start;
            reader.Skip();
            return new ReportItem(new ReportInput(), WrongField(wrong));
        }
    }

    private static UnreadableBodyException WrongField(JsonException wrong)
    {
        var path = wrong.Path ?? "$";
        var field = WireTypes.FieldAt(path);
        if (field == "body")
            return Malformed(NotAnObject);

        var isBrokenText = wrong.InnerException is InvalidOperationException;
        return new UnreadableBodyException(
            StatusCodes.Status400BadRequest,
            field,
            isBrokenText ? "This text holds broken Unicode." : WireTypes.Expectation(WireTypes.At(typeof(ReportInput), path, ReportJson.Default.Options)));
    }

    private static UnreadableBodyException Malformed(string sentence) => new(StatusCodes.Status400BadRequest, "body", sentence);
}
