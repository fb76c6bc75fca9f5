using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.OpenApi;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Json;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Gives every body of every operation an example: its action's own, else one made of the schema.</summary>
internal sealed class ExamplesFilter : IDocumentFilter
{
    private static readonly JsonSerializerOptions SerializerOptions = JsonDefaults.Create();

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var actions = context.ApiDescriptions
            .Where(description => description.ActionDescriptor.AttributeRouteInfo?.Name is not null)
            .ToLookup(description => description.ActionDescriptor.AttributeRouteInfo?.Name ?? "", StringComparer.Ordinal);
        var operations = swaggerDoc.Paths.Values.SelectMany(path => path.Operations ?? []).Select(operation => operation.Value);
        var values = new ExampleValues(context.SchemaRepository.Schemas);
        foreach (var operation in operations)
            Illustrate(operation, actions[operation.OperationId ?? ""].FirstOrDefault(), values);
    }

    private static void Illustrate(OpenApiOperation operation, ApiDescription? description, ExampleValues values)
    {
        var attributes = (description?.ActionDescriptor as ControllerActionDescriptor)?.MethodInfo.GetCustomAttributes(inherit: true) ?? [];
        var request = attributes.OfType<RequestExampleAttribute>().FirstOrDefault()?.Json;
        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            Illustrate(content, request, values);

        foreach (var (key, response) in operation.Responses ?? [])
        {
            var status = int.TryParse(key, CultureInfo.InvariantCulture, out var number) ? number : 0;
            var json = attributes.OfType<ResponseExampleAttribute>().FirstOrDefault(example => example.Status == status)?.Json
                ?? (status >= 400 ? ProblemExample(status) : null);
            foreach (var content in response.Content?.Values ?? [])
                Illustrate(content, json, values);
        }
    }

    private static void Illustrate(OpenApiMediaType content, string? json, ExampleValues values)
    {
        if (json is not null)
            content.Example = JsonNode.Parse(json);
        else if (content.Schema is { } schema)
            content.Example ??= values.Of(schema);
    }

    private static string ProblemExample(int status)
    {
        var context = new DefaultHttpContext { TraceIdentifier = "4bf92f3577b34da6a3ce929d0e0e4736" };
        var problem = status is StatusCodes.Status400BadRequest or StatusCodes.Status422UnprocessableEntity
            ? ProblemFactory.CreateValidation(context, status, new Dictionary<string, string[]>(StringComparer.Ordinal)
            {
                ["name"] = [status == StatusCodes.Status400BadRequest ? "This must be text." : "This field is required and can't be blank."],
            })
            : ProblemFactory.Create(context, status);
        return JsonSerializer.Serialize(problem with { TraceId = context.TraceIdentifier }, SerializerOptions);
    }
}
