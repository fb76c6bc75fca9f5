using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Options;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Knows the bodies that the API takes, and finds out what their validators refuse by asking them.</summary>
internal sealed class RequestTypes(IApiDescriptionGroupCollectionProvider descriptions, IServiceScopeFactory scopes, IOptions<JsonOptions> json)
{
    private readonly Lazy<HashSet<Type>> _types = new(() => descriptions.ApiDescriptionGroups.Items
        .SelectMany(group => group.Items)
        .SelectMany(Bodies)
        .SelectMany(WithParts)
        .ToHashSet());

    /// <summary>Whether values of the type come from outside, rather than being answers.</summary>
    public bool Contains(Type type) => _types.Value.Contains(type) || ValidatorOf(type, scopes) is not null;

    /// <summary>Whether a body without the field is refused because of it.</summary>
    public bool RefusesAbsent(Type type, string field) => Refuses(type, [], field);

    /// <summary>Whether a body in which the field is null is refused because of it.</summary>
    public bool RefusesNull(Type type, string field) => Refuses(type, new JsonObject { [field] = null }, field);

    private static IEnumerable<Type> Bodies(ApiDescription operation) => operation.ParameterDescriptions
        .Where(parameter => parameter.Source == BindingSource.Body)
        .Select(parameter => parameter.Type)
        .Concat(operation.ActionDescriptor.EndpointMetadata.OfType<MultipartFormAttribute>().Select(form => form.Form));

    /// <summary>A body's type and those of its objects.</summary>
    private static IEnumerable<Type> WithParts(Type type)
    {
        var found = new HashSet<Type>();
        Add(type);
        return found;

        void Add(Type part)
        {
            if (part.IsGenericType && part.GetGenericTypeDefinition() == typeof(Optional<>))
                part = part.GetGenericArguments()[0];
            if (!part.IsClass || part.Assembly == typeof(string).Assembly || !found.Add(part))
                return;
            foreach (var property in part.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                Add(property.PropertyType);
        }
    }

    private bool Refuses(Type type, JsonObject body, string field)
    {
        object? request;
        try
        {
            request = body.Deserialize(type, json.Value.JsonSerializerOptions);
        }
        catch (JsonException)
        {
            // A field that the type itself requires; the validator is not asked.
            return false;
        }

        using var scope = scopes.CreateScope();
        if (request is null || scope.ServiceProvider.GetService(typeof(IValidator<>).MakeGenericType(type)) is not IValidator validator)
            return false;

        return validator.Validate(new ValidationContext<object>(request)).Errors
            .Exists(error => string.Equals(ValidatorExtensions.WireName(error.PropertyName), field, StringComparison.Ordinal));
    }

    private static object? ValidatorOf(Type type, IServiceScopeFactory scopes)
    {
        if (type.ContainsGenericParameters || type.IsByRefLike || type.IsPointer)
            return null;

        using var scope = scopes.CreateScope();
        return scope.ServiceProvider.GetService(typeof(IValidator<>).MakeGenericType(type));
    }
}
