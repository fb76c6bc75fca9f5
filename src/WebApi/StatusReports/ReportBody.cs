using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Sessions;

namespace StackAgent.WebApi.StatusReports;

/// <summary>One status report, or an array of them.</summary>
/// <param name="IsArray">Whether an array came; it may hold a single report.</param>
/// <param name="Items">The reports in their order. Of one that couldn't be read, why.</param>
[ModelBinder<ReportBodyBinder>]
public sealed record ReportBody(bool IsArray, IReadOnlyList<ReportItem> Items);
