using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;
using Microsoft.Extensions.Options;
using StackAgent.Application.Common;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Errors;

/// <summary>Turns what model binding found wrong into a problem that names fields as on the wire and says what each takes.</summary>
internal static class InvalidModelState
{
    // Model binding has its own sentences, in words of .NET. They are replaced by this mark, and the mark by a sentence made from the field's type.
    private const string Unconvertible = "\u0000unconvertible";
    private const string Required = "This field is required.";
    private const string BodyRequired = "This call needs a JSON body.";

    // Linear in the input's length: the text they read holds names that a caller chose.
    private static readonly Regex MissingFields = new(
        "missing required properties[^:]*: (?<names>'.*)$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.NonBacktracking);

    private static readonly Regex Quoted = new("'(?<name>[^']+)'", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    public static void UseOwnWords(DefaultModelBindingMessageProvider messages)
    {
        messages.SetAttemptedValueIsInvalidAccessor((_, _) => Unconvertible);
        messages.SetNonPropertyAttemptedValueIsInvalidAccessor(_ => Unconvertible);
        messages.SetUnknownValueIsInvalidAccessor(_ => Unconvertible);
        messages.SetNonPropertyUnknownValueIsInvalidAccessor(() => Unconvertible);
        messages.SetValueIsInvalidAccessor(_ => Unconvertible);
        messages.SetValueMustBeANumberAccessor(_ => Unconvertible);
        messages.SetNonPropertyValueMustBeANumberAccessor(() => Unconvertible);
        messages.SetMissingBindRequiredValueAccessor(_ => Required);
        messages.SetMissingKeyOrValueAccessor(() => Required);
        messages.SetValueMustNotBeNullAccessor(_ => Required);
        messages.SetMissingRequestBodyRequiredValueAccessor(() => BodyRequired);
    }

    public static IActionResult Answer(ActionContext context)
    {
        var serializer = context.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        var faults =
            from entry in context.ModelState
            where entry.Value is not null
            from error in entry.Value.Errors
            from fault in Explain(context.ActionDescriptor, entry.Key, error, serializer)
            select fault;

        return new ProblemResult(faults.Distinct().ToList());
    }

    private static IEnumerable<Fault> Explain(ActionDescriptor action, string key, ModelError error, JsonSerializerOptions serializer)
    {
        if (error.Exception is JsonException json)
            return ExplainJson(action, json, serializer);
        if (error.ErrorMessage == BodyRequired)
            return [new Fault("body", BodyRequired, Malformed: true)];
        if (key.Length == 0)
            return [new Fault("body", "The body couldn't be read.", Malformed: true)];

        var type = TypeOf(action, key);
        var field = string.Join('.', key.Split('.').Select(ValidatorExtensions.WireName));
        return error.ErrorMessage == Unconvertible || error.Exception is not null
            ? [new Fault(field, WireTypes.Expectation(type), Malformed: !WireTypes.IsEnum(type))]
            : [new Fault(field, WithoutName(error.ErrorMessage, key), Malformed: false)];
    }

    /// <summary>Data annotations name the .NET property: "The field Limit must be between …".</summary>
    private static string WithoutName(string sentence, string key)
    {
        var property = key.Split('.')[^1];
        return sentence
            .Replace($"The field {property} ", "This ", StringComparison.OrdinalIgnoreCase)
            .Replace($"The {property} field ", "This field ", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<Fault> ExplainJson(ActionDescriptor action, JsonException error, JsonSerializerOptions serializer)
    {
        var path = JsonPath.Of(error);
        if (error.InnerException is JsonException)
            return [new Fault("body", "The body isn't valid JSON.", Malformed: true)];

        if (MissingFields.Match(error.Message) is { Success: true } missing)
        {
            return Quoted.Matches(missing.Groups["names"].Value)
                .Select(name => new Fault(WireTypes.FieldAt($"{path}.{name.Groups["name"].Value}"), Required, Malformed: false));
        }

        if (error.InnerException is InvalidOperationException { Message: var cause } && cause.Contains("UTF-", StringComparison.Ordinal))
            return [new Fault(WireTypes.FieldAt(path), "This text holds broken Unicode.", Malformed: true)];

        var body = action.Parameters.FirstOrDefault(parameter => parameter.BindingInfo?.BindingSource == BindingSource.Body);
        var type = body is null ? null : WireTypes.At(body.ParameterType, path, serializer);
        return [new Fault(WireTypes.FieldAt(path), WireTypes.Expectation(type), Malformed: !WireTypes.IsEnum(type))];
    }

    /// <summary>The type of a parameter, or of a property of a parameter that gathers several.</summary>
    private static Type? TypeOf(ActionDescriptor action, string key)
    {
        foreach (var parameter in action.Parameters)
        {
            if (string.Equals(parameter.BindingInfo?.BinderModelName ?? parameter.Name, key, StringComparison.OrdinalIgnoreCase))
                return parameter.ParameterType;
        }

        return action.Parameters
            .SelectMany(parameter => parameter.ParameterType.GetProperties())
            .FirstOrDefault(property => string.Equals(
                property.GetCustomAttributes(inherit: true).OfType<IModelNameProvider>().FirstOrDefault()?.Name ?? property.Name,
                key,
                StringComparison.OrdinalIgnoreCase))
            ?.PropertyType;
    }

    /// <summary>One thing that is wrong.</summary>
    /// <param name="Field">By its name on the wire.</param>
    /// <param name="Sentence">What it takes.</param>
    /// <param name="Malformed">Whether it can't even be read (400), or can but isn't acceptable (422).</param>
    private sealed record Fault(string Field, string Sentence, bool Malformed);

    private sealed class ProblemResult(IReadOnlyList<Fault> faults) : IActionResult
    {
        public Task ExecuteResultAsync(ActionContext context) => context.HttpContext.WriteProblemAsync(ProblemFactory.CreateValidation(
            context.HttpContext,
            faults.Any(fault => fault.Malformed) ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity,
            faults.GroupBy(fault => fault.Field, fault => fault.Sentence, StringComparer.Ordinal)
                .ToDictionary(field => field.Key, field => field.ToArray(), StringComparer.Ordinal)));
    }
}
