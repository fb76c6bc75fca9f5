using System.IO.Pipelines;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.StatusReports;

/// <summary>
/// Reads the body of a report up to the limit that its first character decides: an array may be larger than one report. Throws
/// <see cref="UnreadableBodyException"/>.
/// </summary>
internal sealed class ReportBodyBinder : IModelBinder
{
    public const int MaxReportBytes = 1 << 20;
    public const int MaxArrayBytes = 16 << 20;

    public async Task BindModelAsync(ModelBindingContext bindingContext)
    {
        bindingContext.Result = ModelBindingResult.Success(await ReadAsync(bindingContext.HttpContext));
    }

    /// <summary>The same without the framework's binding.</summary>
    public static ValueTask<ReportBody> ReadAsync(HttpContext context) => context.Request.ContentLength > MaxArrayBytes
        ? throw TooLarge(MaxArrayBytes)
        : ReadAsync(context.Request.BodyReader, context.RequestAborted);

    private static async ValueTask<ReportBody> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var limit = ReportReader.StartsArray(buffer) ? MaxArrayBytes : MaxReportBytes;
            if (buffer.Length > limit)
                throw TooLarge(limit);

            if (read.IsCompleted)
            {
                var body = ReportReader.Read(buffer);
                reader.AdvanceTo(buffer.End);
                return body;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static UnreadableBodyException TooLarge(int limit) => new(
        StatusCodes.Status413PayloadTooLarge,
        "body",
        limit == MaxArrayBytes
            ? $"An array of reports can have at most {MaxArrayBytes} bytes."
            : $"A report can have at most {MaxReportBytes} bytes; an array of reports {MaxArrayBytes}.");
}
