using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Limits;
using StackAgent.WebApi.StatusReports;
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
                Headers = HeadersOf(status),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    [Problem.ContentType] = new() { Schema = context.SchemaGenerator.GenerateSchema(typeof(Problem), context.SchemaRepository) },
                },
            };
        }
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Header(HeaderNames.WWWAuthenticate, "Which credentials are taken.", JsonSchemaType.String, isRequired: true),
        StatusCodes.Status429TooManyRequests => Header(HeaderNames.RetryAfter, "After how many seconds it may be tried again.", JsonSchemaType.Integer, isRequired: true),
        StatusCodes.Status503ServiceUnavailable => Header(HeaderNames.RetryAfter, "After how many seconds it is worth another try.", JsonSchemaType.Integer, isRequired: false),
        _ => null,
    };

    private static Dictionary<string, IOpenApiHeader> Header(string name, string description, JsonSchemaType type, bool isRequired) => new(StringComparer.Ordinal)
    {
        [name] = new OpenApiHeader { Description = description, Required = isRequired, Schema = new OpenApiSchema { Type = type } },
    };

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

        if (IsNegotiated(context))
            yield return StatusCodes.Status406NotAcceptable;
        if (hasBody || operation.Parameters?.Any(parameter => parameter.In == ParameterLocation.Query) == true)
            yield return StatusCodes.Status422UnprocessableEntity;
        if (RateLimitMiddleware.Counts($"/{context.ApiDescription.RelativePath}"))
            yield return StatusCodes.Status429TooManyRequests;
        yield return StatusCodes.Status500InternalServerError;
    }

    /// <summary>Whether the framework finds a format for the answer that the client takes.</summary>
    private static bool IsNegotiated(OperationFilterContext context) =>
        context.ApiDescription.SupportedResponseTypes.Any(answer => answer.StatusCode < 300 && answer.ApiResponseFormats.Any(format => format.Formatter is not null))
        && !context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<AnsweredDirectlyAttribute>().Any();
}
