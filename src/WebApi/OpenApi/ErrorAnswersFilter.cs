using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Limits;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>
/// Lists the errors that an operation can answer: what follows from its shape (a path parameter may name nothing, a body may be too
/// large), and what its <c>ProducesResponseType</c> attributes add. Each is a <see cref="Problem"/>.
/// </summary>
internal sealed class ErrorAnswersFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        operation.Responses ??= [];
        var statuses = FromShape(operation, context)
            .Concat(operation.Responses.Keys
                .Select(key => int.TryParse(key, CultureInfo.InvariantCulture, out var status) ? status : 0)
                .Where(status => status >= 400));

        foreach (var status in statuses.Distinct().Order().ToList())
        {
            var phrase = ReasonPhrases.GetReasonPhrase(status);
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = phrase.Length > 0 ? phrase : "Error",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [Problem.ContentType] = new() { Schema = context.SchemaGenerator.GenerateSchema(typeof(Problem), context.SchemaRepository) },
                },
            };
        }
    }

    private static IEnumerable<int> FromShape(OpenApiOperation operation, OperationFilterContext context)
    {
        var hasParameters = operation.Parameters is { Count: > 0 };
        var hasBody = operation.RequestBody is not null;
        if (hasParameters || hasBody)
            yield return StatusCodes.Status400BadRequest;
        if (SecurityFilter.NeedsCredentials(context))
        {
            yield return StatusCodes.Status401Unauthorized;
            yield return StatusCodes.Status403Forbidden;
        }

        if (operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Path) == true)
            yield return StatusCodes.Status404NotFound;
        if (hasBody)
        {
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }

        if (hasBody || operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Query) == true)
            yield return StatusCodes.Status422UnprocessableEntity;
        if (RateLimitMiddleware.Counts($"/{context.ApiDescription.RelativePath}"))
            yield return StatusCodes.Status429TooManyRequests;
        yield return StatusCodes.Status500InternalServerError;
    }
}
