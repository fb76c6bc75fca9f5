using System.Text.Json;
using System.Text.Json.Serialization;
using StackAgent.Application.Sessions;

namespace StackAgent.WebApi.StatusReports;

/// <summary>The JSON of status reports and of their answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReportInput))]
[JsonSerializable(typeof(ReportsAccepted))]
[JsonSerializable(typeof(ReportsPartlyAccepted))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>The answer to nearly every call.</summary>
    public static byte[] Accepted() => JsonSerializer.SerializeToUtf8Bytes(StatusReports.ReportsAccepted.Instance, Default.ReportsAccepted);
}
