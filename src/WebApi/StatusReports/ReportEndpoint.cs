using MediatR;
using StackAgent.Application.Sessions;

namespace StackAgent.WebApi.StatusReports;

/// <summary>
/// Marks the action whose endpoint goes straight to <see cref="ReportEndpoint"/>. It stays the declaration of route, rights and description;
/// but the framework's way to an action and back costs more than all that is done for the report.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnsweredDirectlyAttribute : Attribute;

/// <summary>Takes status reports in.</summary>
internal static class ReportEndpoint
{
    private static readonly byte[] Accepted = ReportJson.Accepted();

    /// <summary>Lets marked endpoints skip the framework's pipeline of actions.</summary>
    public static void AnswerDirectly(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<AnsweredDirectlyAttribute>().Any())
            endpoint.RequestDelegate = static async context => await AnswerAsync(context, await ReportBodyBinder.ReadAsync(context));
    }

    public static async Task AnswerAsync(HttpContext context, ReportBody body)
    {
        var mediator = context.RequestServices.GetRequiredService<IMediator>();
        if (!body.IsArray)
        {
            // Not ended with the request: a report that is on its way is stored whether somebody still waits or not.
            await mediator.Send(new ReportStatus(body.Items[0].Report), CancellationToken.None);
            await AcceptAsync(context);
            return;
        }

        var outcomes = await mediator.Send(new ReportStatusBatch(body.Items), CancellationToken.None);
        if (outcomes.All(outcome => outcome.Failure is null))
        {
            await AcceptAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status207MultiStatus;
        await context.Response.WriteAsJsonAsync(ReportsPartlyAccepted.From(outcomes), ReportJson.Default.ReportsPartlyAccepted);
    }

    private static Task AcceptAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = ReportJson.ContentType;
        response.ContentLength = Accepted.Length;
        return response.BodyWriter.WriteAsync(Accepted).AsTask();
    }
}
