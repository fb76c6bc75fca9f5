using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using StackAgent.Application.Common;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>
/// Says what may be absent and what may be null. In an answer every property is present, but for those that are left out when null. In
/// a request that is for its validator to say, so the validator is asked.
/// </summary>
internal sealed class RequirednessFilter(RequestTypes requests) : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema { Properties: { Count: > 0 } properties } target || context.MemberInfo is not null || context.ParameterInfo is not null)
            return;

        var isRequest = requests.Contains(context.Type);
        // Unknown fields are ignored in requests, and answers may grow.
        target.AdditionalPropertiesAllowed = true;
        target.Required = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var property in context.Type.GetProperties())
        {
            var name = ValidatorExtensions.WireName(property.Name);
            if (!properties.TryGetValue(name, out var value))
                continue;

            var (isRequired, isNullable) = isRequest ? InRequest(property, name) : InAnswer(property);
            if (isRequired)
                target.Required.Add(name);
            properties[name] = WithNull(value, isNullable);
            if (value is OpenApiSchema { AdditionalProperties: OpenApiSchema { Type: { } held } values } && HasNullableValues(new NullabilityInfoContext().Create(property)))
                values.Type = held | JsonSchemaType.Null;
        }
    }

    private static (bool IsRequired, bool IsNullable) InAnswer(PropertyInfo property) =>
        property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.WhenWritingNull
            ? (false, false)
            : (true, MayBeNull(property));

    private (bool IsRequired, bool IsNullable) InRequest(PropertyInfo property, string name)
    {
        var type = property.DeclaringType ?? property.PropertyType;
        var isRequired = property.IsDefined(typeof(RequiredMemberAttribute)) || requests.RefusesAbsent(type, name);
        return (isRequired, !isRequired && MayBeNull(property) && !requests.RefusesNull(type, name));
    }

    private static bool MayBeNull(PropertyInfo property)
    {
        if (property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(Optional<>))
            return property.PropertyType.GetGenericArguments()[0] is { } held && (!held.IsValueType || Nullable.GetUnderlyingType(held) is not null);

        return new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
    }

    /// <summary>Whether it is a dictionary, or may hold one, in which a name may stand for null.</summary>
    private static bool HasNullableValues(NullabilityInfo info) => info.GenericTypeArguments switch
    {
        [var held] when info.Type.GetGenericTypeDefinition() == typeof(Optional<>) => HasNullableValues(held),
        [_, { ReadState: NullabilityState.Nullable }] => true,
        _ => false,
    };

    private static IOpenApiSchema WithNull(IOpenApiSchema schema, bool isNullable)
    {
        if (schema is OpenApiSchema { Type: { } type } target)
        {
            target.Type = isNullable ? type | JsonSchemaType.Null : type & ~JsonSchemaType.Null;
            return schema;
        }

        return isNullable && schema is OpenApiSchemaReference
            ? new OpenApiSchema { Description = schema.Description, OneOf = [schema, new OpenApiSchema { Type = JsonSchemaType.Null }] }
            : schema;
    }
}
