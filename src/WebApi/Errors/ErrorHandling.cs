using Microsoft.AspNetCore.Diagnostics;

namespace StackAgent.WebApi.Errors;

internal static class ErrorHandling
{
    public static IServiceCollection AddErrorHandling(this IServiceCollection services) =>
        services.AddSingleton<ExceptionToProblemHandler>().AddSingleton<IExceptionHandler>(provider => provider.GetRequiredService<ExceptionToProblemHandler>());

    /// <summary>Goes first in the pipeline, so that every error behind it is answered as a problem: thrown, or left by the framework as a bare status.</summary>
    public static IApplicationBuilder UseErrorHandling(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = _ => Task.CompletedTask })
        .UseStatusCodePages(pages => pages.HttpContext.WriteProblemAsync(pages.HttpContext.Response.StatusCode));

    /// <summary>For an endpoint whose empty error answers are somebody else's words and stay as they are.</summary>
    public static void KeepErrorAnswersAsTheyAre(this HttpContext context)
    {
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
    }
}
