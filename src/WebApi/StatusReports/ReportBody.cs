using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using StackAgent.Application.Sessions;

namespace StackAgent.WebApi.StatusReports;

/// <summary>One status report, or an array of them.</summary>
/// <param name="IsArray">Whether an array came; it may hold a single report.</param>
/// <param name="Items">The reports in their order. Of one that couldn't be read, why.</param>
[ReadsReportBody]
public sealed record ReportBody(bool IsArray, IReadOnlyList<ReportItem> Items);

/// <summary>The request's body is read by <see cref="ReportBodyBinder"/>, and nothing else of the request.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReadsReportBodyAttribute : ModelBinderAttribute
{
    public ReadsReportBodyAttribute()
        : base(typeof(ReportBodyBinder)) => BindingSource = BindingSource.Body;
}
