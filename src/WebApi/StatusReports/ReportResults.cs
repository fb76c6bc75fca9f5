using System.Text.Json.Serialization;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.StatusReports;

/// <summary>All reports are stored.</summary>
public sealed record ReportsAccepted(bool Success, string Message)
{
    public static ReportsAccepted Instance { get; } = new(Success: true, "Status reported successfully");
}

/// <summary>Some reports of an array are stored and others refused.</summary>
/// <param name="Success">False: at least one was refused.</param>
/// <param name="Message">How many were refused.</param>
/// <param name="Results">For each report, in the order of the array.</param>
public sealed record ReportsPartlyAccepted(bool Success, string Message, IReadOnlyList<ReportResult> Results)
{
    public static ReportsPartlyAccepted From(IReadOnlyList<ReportOutcome> outcomes)
    {
        var results = outcomes.Select((outcome, index) => ReportResult.From(index, outcome.Failure)).ToList();
        var refused = results.Count(result => result.Error is not null);
        return new ReportsPartlyAccepted(Success: false, $"{refused} of {results.Count} status reports were refused.", results);
    }
}

/// <summary>What became of one report of an array.</summary>
/// <param name="Index">Its place in the array, from 0.</param>
/// <param name="Status">The HTTP status that the report alone would have got.</param>
/// <param name="Error">Why it was refused; absent when it is stored.</param>
public sealed record ReportResult(
    int Index,
    int Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error)
{
    public static ReportResult From(int index, Exception? failure) => failure switch
    {
        null => new ReportResult(index, StatusCodes.Status200OK, Error: null),
        UnreadableBodyException unreadable => new ReportResult(index, unreadable.Status, Sentence(unreadable.Errors)),
        ValidationFailedException invalid => new ReportResult(index, StatusCodes.Status422UnprocessableEntity, Sentence(invalid.Errors)),
        ForbiddenException => new ReportResult(index, StatusCodes.Status403Forbidden, failure.Message),
        NotFoundException => new ReportResult(index, StatusCodes.Status404NotFound, failure.Message),
        ConflictException => new ReportResult(index, StatusCodes.Status409Conflict, failure.Message),
        UnavailableException => new ReportResult(index, StatusCodes.Status503ServiceUnavailable, failure.Message),
        _ => new ReportResult(index, StatusCodes.Status500InternalServerError, "Something went wrong on the server; its log has the cause."),
    };

    private static string Sentence(IReadOnlyDictionary<string, string[]> errors) =>
        string.Join(' ', errors.SelectMany(field => field.Value, (field, sentence) => $"{field.Key}: {sentence}"));
}
