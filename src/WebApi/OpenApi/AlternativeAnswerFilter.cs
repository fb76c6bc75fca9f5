using System.Globalization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>A second shape that an answer of one status may have, beside that which <see cref="Microsoft.AspNetCore.Mvc.ProducesResponseTypeAttribute"/> names.</summary>
/// <param name="status">The HTTP status of both.</param>
/// <param name="type">The second shape. Each of the two requires a field that the other hasn't, so that clients can tell them apart.</param>
/// <param name="description">When it is the one, when the other.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlternativeAnswerAttribute(int status, Type type, string description) : Attribute
{
    public int Status { get; } = status;

    public Type Type { get; } = type;

    public string Description { get; } = description;
}

internal sealed class AlternativeAnswerFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo?.GetCustomAttributes(inherit: true).OfType<AlternativeAnswerAttribute>().FirstOrDefault() is not { } alternative
            || operation.Responses?[alternative.Status.ToString(CultureInfo.InvariantCulture)] is not OpenApiResponse response)
        {
            return;
        }

        response.Description = alternative.Description;
        var second = context.SchemaGenerator.GenerateSchema(alternative.Type, context.SchemaRepository);
        foreach (var content in response.Content?.Values.Where(content => content.Schema is not null) ?? [])
            content.Schema = new OpenApiSchema { OneOf = [content.Schema!, second] };
    }
}
