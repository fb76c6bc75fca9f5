namespace StackAgent.WebApi.OpenApi;

/// <summary>Names of schemas: what a client's author would call them, without the words that tell our classes apart.</summary>
internal static class SchemaIds
{
    public static string Of(Type type)
    {
        if (type.IsGenericType)
        {
            var name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
            return string.Concat(type.GetGenericArguments().Select(Of)) + WithoutSuffix(name, "Response");
        }

        return WithoutSuffix(type.Name, "Dto");
    }

    private static string WithoutSuffix(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
}
