using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Errors;

/// <summary>Speaks of the values of a request in words of the wire and not of .NET.</summary>
internal static class WireTypes
{
    // Linear in the input's length: a path holds names that a caller chose.
    private static readonly Regex PathStep = new(
        @"\.(?<name>[^.\[]+)|\[(?<index>\d+)\]|\['(?<quoted>(?:[^'\\]|\\.)*)'\]",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>What a field of <paramref name="type"/> takes, as a sentence; general when the type isn't known.</summary>
    public static string Expectation(Type? type)
    {
        if (type is null)
            return "This value is of the wrong type.";

        type = Unwrap(type);
        if (type.IsEnum)
            return $"This must be one of: {string.Join(", ", EnumWords(type))}.";
        if (type == typeof(string))
            return "This must be text.";
        if (type == typeof(bool))
            return "This must be true or false.";
        if (type == typeof(int) || type == typeof(long) || type == typeof(short))
            return "This must be a whole number.";
        if (type == typeof(double) || type == typeof(decimal) || type == typeof(float))
            return "This must be a number.";
        if (type == typeof(Guid))
            return "This must be a UUID, such as 0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10.";
        if (type == typeof(DateTimeOffset))
            return "This must be a time in RFC 3339, such as 2025-06-30T12:00:00Z.";

        return ElementOf(type) is null ? "This must be a JSON object." : "This must be a list.";
    }

    public static bool IsEnum(Type? type) => type is not null && Unwrap(type).IsEnum;

    public static IEnumerable<string> EnumWords(Type type) => Enum.GetNames(type).Select(ValidatorExtensions.WireName);

    /// <summary>The type at <paramref name="path"/> (<c>$.a.b[0]</c>) in a document of type <paramref name="root"/>; null when it can't be told.</summary>
    public static Type? At(Type root, string path, JsonSerializerOptions options)
    {
        var type = Unwrap(root);
        foreach (Match step in PathStep.Matches(path))
        {
            Type? next;
            if (step.Groups["index"].Success)
            {
                next = ElementOf(type);
            }
            else
            {
                var name = step.Groups["name"].Success ? step.Groups["name"].Value : step.Groups["quoted"].Value;
                next = MemberOf(type, name, options);
            }

            if (next is null)
                return null;
            type = Unwrap(next);
        }

        return type;
    }

    /// <summary>The name of a field as a person writes it: <c>$.a[0].b</c> is <c>a[0].b</c>, and the document itself is <c>body</c>.</summary>
    public static string FieldAt(string path)
    {
        var field = path.StartsWith('$') ? path[1..].TrimStart('.') : path;
        return field.Length == 0 ? "body" : field;
    }

    private static Type? MemberOf(Type type, string name, JsonSerializerOptions options)
    {
        JsonTypeInfo info;
        try
        {
            info = options.GetTypeInfo(type);
        }
        catch (NotSupportedException)
        {
            return null;
        }

        return info.Kind switch
        {
            JsonTypeInfoKind.Object => info.Properties.FirstOrDefault(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))?.PropertyType,
            JsonTypeInfoKind.Dictionary => type.GetGenericArguments().LastOrDefault(),
            _ => null,
        };
    }

    private static Type? ElementOf(Type type) => type.IsArray
        ? type.GetElementType()
        : type.GetInterfaces().Append(type)
            .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            ?.GetGenericArguments()[0];

    private static Type Unwrap(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>))
            type = type.GetGenericArguments()[0];

        return Nullable.GetUnderlyingType(type) ?? type;
    }
}
