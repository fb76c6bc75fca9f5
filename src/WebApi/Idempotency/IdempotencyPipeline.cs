using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Idempotency;

internal static class IdempotencyPipeline
{
    /// <summary>
    /// Goes behind authorisation: keys belong to a caller, and who may not call doesn't get one. Requests without the header pass by. Errors of a
    /// request with one are turned into answers inside, so that they are kept like any other.
    /// </summary>
    public static IApplicationBuilder UseIdempotency(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Headers.ContainsKey(IdempotencyKeys.Header) && IdempotencyKeys.Cover(context.Request.Method, context.Request.Path),
        branch => branch.UseMiddleware<IdempotencyMiddleware>().UseErrorHandling());
}
