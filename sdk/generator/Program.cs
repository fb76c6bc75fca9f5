using NJsonSchema;
using NJsonSchema.CodeGeneration;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration;
using NSwag.CodeGeneration.CSharp;
using StackAgent.Sdk.Generator;

// Makes the C# client's generated half: Generator <document> <file>.
var document = await OpenApiDocument.FromFileAsync(args[0]);
var names = new Names();
var settings = new CSharpClientGeneratorSettings
{
    ClassName = "StackAgentApi",
    GenerateClientInterfaces = false,
    GenerateOptionalParameters = true,
    // What streams and what sends a file is written by hand: uploads aren't held in memory, logs and events don't end.
    ExcludedOperationIds = ["createAgent", "replaceAgentCode", "followEvents", "followAgentEvents", "getAgentLogs", "downloadAgentRevisionCode", "reportStatus", "getAgentSchema"],
    UseBaseUrl = false,
    ParameterNameGenerator = names,
};
settings.CSharpGeneratorSettings.Namespace = "StackAgent.Client";
settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
settings.CSharpGeneratorSettings.GenerateNullableReferenceTypes = true;
settings.CSharpGeneratorSettings.GenerateOptionalPropertiesAsNullable = true;
settings.CSharpGeneratorSettings.GenerateDataAnnotations = false;
settings.CSharpGeneratorSettings.DateTimeType = "System.DateTimeOffset";
settings.CSharpGeneratorSettings.ArrayType = "System.Collections.Generic.IReadOnlyList";
settings.CSharpGeneratorSettings.ArrayInstanceType = "System.Collections.Generic.List";
settings.CSharpGeneratorSettings.DictionaryType = "System.Collections.Generic.IDictionary";
settings.CSharpGeneratorSettings.DictionaryInstanceType = "System.Collections.Generic.Dictionary";
settings.CSharpGeneratorSettings.PropertyNameGenerator = names;
settings.CSharpGeneratorSettings.EnumNameGenerator = names;

var code = new CSharpClientGenerator(document, settings).GenerateFile();
// Some lines end in blanks and some as Windows has it.
await File.WriteAllLinesAsync(args[1], code.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));

namespace StackAgent.Sdk.Generator
{
    /// <summary>Names as C# has them: <c>agent_id</c> is <c>AgentId</c>, and <c>agentId</c> as a parameter.</summary>
    internal sealed class Names : IPropertyNameGenerator, IParameterNameGenerator, IEnumNameGenerator
    {
        public string Generate(JsonSchemaProperty property) => Pascal(property.Name);

        public string Generate(OpenApiParameter parameter, IEnumerable<OpenApiParameter> allParameters)
        {
            var name = Camel(parameter.Name);
            // A header and a parameter of the query may be two ways to say the same.
            return allParameters.Any(other => other != parameter && Camel(other.Name) == name && parameter.Kind == OpenApiParameterKind.Header) ? $"{name}Header" : name;
        }

        public string Generate(int index, string? name, object? value, JsonSchema schema) => Pascal(name ?? $"{value}");

        private static string Pascal(string name) =>
            string.Concat(name.Split('_', '-', '.', ' ').Where(word => word.Length > 0).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

        private static string Camel(string name)
        {
            var pascal = Pascal(name);
            return char.ToLowerInvariant(pascal[0]) + pascal[1..];
        }
    }
}
