using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes each error once, for all operations that answer it, and puts the addresses in an order that doesn't depend on the code's.</summary>
internal sealed class SharedAnswersFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Components ??= new OpenApiComponents();
        var shared = swaggerDoc.Components.Responses ??= new Dictionary<string, IOpenApiResponse>(StringComparer.Ordinal);
        foreach (var operation in swaggerDoc.Paths.Values.SelectMany(path => path.Operations ?? []).Select(operation => operation.Value))
            operation.Responses = Share(operation.Responses ?? [], shared, swaggerDoc);

        var paths = new OpenApiPaths();
        foreach (var (path, item) in swaggerDoc.Paths.OrderBy(path => path.Key, StringComparer.Ordinal))
            paths.Add(path, item);
        swaggerDoc.Paths = paths;
    }

    private static OpenApiResponses Share(OpenApiResponses responses, IDictionary<string, IOpenApiResponse> shared, OpenApiDocument document)
    {
        var sorted = new OpenApiResponses();
        foreach (var (key, response) in responses.OrderBy(response => response.Key, StringComparer.Ordinal))
        {
            if (NameOf(key) is not { } name)
            {
                sorted.Add(key, response);
                continue;
            }

            shared.TryAdd(name, response);
            sorted.Add(key, new OpenApiResponseReference(name, document));
        }

        return sorted;
    }

    /// <summary><c>NotFound</c> for 404; null for what isn't an error, or has no name.</summary>
    private static string? NameOf(string key)
    {
        if (!int.TryParse(key, CultureInfo.InvariantCulture, out var status) || status < 400)
            return null;

        var phrase = ReasonPhrases.GetReasonPhrase(status);
        return phrase.Length > 0 ? string.Concat(phrase.Where(char.IsAsciiLetter)) : null;
    }
}
