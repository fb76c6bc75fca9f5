using System.Text.Json;
using StackAgent.Infrastructure.Checkups;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.Doctor;

/// <summary>How findings are shown.</summary>
internal static class DoctorReport
{
    private const int GradeWidth = 7;
    private const int WhatWidth = 24;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>A line, its parts separated by at least two spaces: grade, what, what was found; and below it, indented, what to do.</summary>
    public static string Text(Finding finding)
    {
        var line = $"{WordOf(finding.Grade).PadRight(GradeWidth)}  {OneLine(finding.What).PadRight(WhatWidth)}  {OneLine(finding.Found)}";
        return finding.Advice is { } advice ? $"{line}{Environment.NewLine}{new string(' ', GradeWidth)}  {OneLine(advice)}" : line;
    }

    /// <summary>The last line.</summary>
    /// <param name="findings">All of them.</param>
    /// <param name="isConfigured">False: the configuration is so bad that nothing else was looked at.</param>
    public static string Summary(IReadOnlyCollection<Finding> findings, bool isConfigured)
    {
        var (faults, warnings) = Count(findings);
        return (faults, warnings) switch
        {
            (0, 0) => "Nothing is wrong.",
            (0, _) => $"Nothing is wrong; {Number(warnings, "warning")}.",
            _ when !isConfigured => $"{Number(faults, "fault")} of the configuration. Nothing else was looked at.",
            _ => $"{Number(faults, "fault")}, {Number(warnings, "warning")}.",
        };
    }

    public static string Json(IReadOnlyCollection<Finding> findings)
    {
        var (faults, warnings) = Count(findings);
        var shown = findings.Select(finding => new { Grade = WordOf(finding.Grade), finding.What, finding.Found, finding.Advice });
        return JsonSerializer.Serialize(new { StartupBlock.Version, Faults = faults, Warnings = warnings, Findings = shown }, Options);
    }

    private static (int Faults, int Warnings) Count(IReadOnlyCollection<Finding> findings) =>
        (findings.Count(finding => finding.Grade == Grade.Fault), findings.Count(finding => finding.Grade == Grade.Warning));

    private static string Number(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string WordOf(Grade grade) => grade switch
    {
        Grade.Ok => "ok",
        Grade.Warning => "warning",
        _ => "fault",
    };

    /// <summary>Messages of others may hold line breaks, and several spaces in a row would be taken for the end of a part.</summary>
    private static string OneLine(string text) => string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
}
