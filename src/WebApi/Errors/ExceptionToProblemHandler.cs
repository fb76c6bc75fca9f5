using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Common;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Errors;

/// <summary>Turns whatever a request threw into a problem, in every environment alike. What nobody expected is logged; what the caller did wrong is not.</summary>
internal sealed class ExceptionToProblemHandler(IHostApplicationLifetime lifetime, ILogger<ExceptionToProblemHandler> logger) : IExceptionHandler
{
    private const int ClientClosedRequest = 499;

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
        {
            // Nobody is there to read an answer.
            context.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        var problem = ToProblem(context, exception);
        if (exception is UnavailableException)
            context.Response.Headers.RetryAfter = UnavailableException.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        else if (IsTransientDatabaseFailure(exception))
            context.Response.Headers.RetryAfter = "2";
        await context.WriteProblemAsync(problem);
        return true;
    }

    /// <summary>What the caller is told. Logs what nobody expected.</summary>
    public Problem ToProblem(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case ValidationFailedException invalid:
                return ProblemFactory.CreateValidation(context, 422, invalid.Errors);
            case UnreadableBodyException { Status: StatusCodes.Status400BadRequest } malformed:
                return ProblemFactory.CreateValidation(context, 400, malformed.Errors);
            case UnreadableBodyException unreadable:
                return ProblemFactory.Create(context, unreadable.Status, unreadable.Message);
            case NotFoundException:
                return ProblemFactory.Create(context, 404, exception.Message);
            case PreconditionFailedException:
                return ProblemFactory.Create(context, 412, exception.Message);
            case QuotaExceededException:
                return ProblemFactory.Create(context, 409, exception.Message) with { Error = ErrorCodes.QuotaExceeded };
            case ConflictException:
                return ProblemFactory.Create(context, 409, exception.Message);
            case ForbiddenException:
                return ProblemFactory.Create(context, 403, exception.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return ProblemFactory.Create(context, 413, TooLarge(context));
            case BadHttpRequestException bad:
                return ProblemFactory.Create(context, bad.StatusCode);
            case TooManyAtOnceException:
                context.Response.Headers.RetryAfter = TooManyAtOnceException.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
                return ProblemFactory.Create(context, 429, exception.Message);
            case UnavailableException:
                return ProblemFactory.Create(context, 503, exception.Message);
            case OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested:
                return ProblemFactory.Create(context, 503, "The server is shutting down; try again in a few seconds.");
        }

        logger.LogError(exception, "A request failed unexpectedly. Trace id {TraceId}", ProblemFactory.TraceIdOf(context));
        return IsTransientDatabaseFailure(exception) ? ProblemFactory.Create(context, 503, "The database can't be reached or is overloaded; try again in a few seconds.")
            : FullDisk.IsCauseOf(exception) ? ProblemFactory.Create(context, 503, "The server's disk is full; try again when its operator has made room.")
            : ProblemFactory.Create(context, 500);
    }

    private static string? TooLarge(HttpContext context) =>
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize is { } limit
            ? $"The request body is larger than this address takes: at most {limit} bytes."
            : null;

    private static bool IsTransientDatabaseFailure(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is DbException { IsTransient: true })
                return true;
        }

        return false;
    }
}
