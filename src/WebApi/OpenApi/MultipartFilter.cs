using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>
/// The fields of a <c>multipart/form-data</c> body that an action reads itself, as it streams in, and so has no parameter for.
/// </summary>
/// <param name="form">A record with a property for each field; <see cref="IFormFile"/> for a file. <c>required</c> as in JSON.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MultipartFormAttribute(Type form) : Attribute
{
    public Type Form { get; } = form;
}

internal sealed class MultipartFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo?.GetCustomAttributes(inherit: true).OfType<MultipartFormAttribute>().FirstOrDefault() is not { } multipart)
            return;

        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["multipart/form-data"] = new() { Schema = context.SchemaGenerator.GenerateSchema(multipart.Form, context.SchemaRepository) },
            },
        };
    }
}
