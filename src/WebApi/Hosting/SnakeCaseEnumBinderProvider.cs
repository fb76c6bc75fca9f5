using Microsoft.AspNetCore.Mvc.ModelBinding;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Hosting;

/// <summary>Reads enums in paths and queries by the words that JSON uses for them, and by nothing else: no .NET names, no numbers.</summary>
internal sealed class SnakeCaseEnumBinderProvider : IModelBinderProvider
{
    public IModelBinder? GetBinder(ModelBinderProviderContext context) =>
        context.Metadata.IsEnum ? new Binder(context.Metadata.UnderlyingOrModelType) : null;

    private sealed class Binder(Type type) : IModelBinder
    {
        private readonly Dictionary<string, object> _values = Enum.GetValues(type).Cast<object>()
            .ToDictionary(value => ValidatorExtensions.WireName(value.ToString() ?? ""), StringComparer.Ordinal);

        public Task BindModelAsync(ModelBindingContext bindingContext)
        {
            var given = bindingContext.ValueProvider.GetValue(bindingContext.ModelName);
            if (given == ValueProviderResult.None || given.FirstValue is not { Length: > 0 } word)
                return Task.CompletedTask;

            bindingContext.ModelState.SetModelValue(bindingContext.ModelName, given);
            if (_values.TryGetValue(word, out var value))
                bindingContext.Result = ModelBindingResult.Success(value);
            else
                bindingContext.ModelState.TryAddModelError(bindingContext.ModelName, new FormatException(), bindingContext.ModelMetadata);

            return Task.CompletedTask;
        }
    }
}
