using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace StackAgent.WebApi.Paths;

/// <summary>
/// Binds a path parameter that may hold any character, <c>/</c> and <c>%</c> included: percent-decoded exactly once, from the raw request
/// target. See <see cref="RawPath"/>.
/// </summary>
/// <param name="name">The parameter's name in the route template.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class FromRawPathAttribute(string name) : Attribute, IBinderTypeProviderMetadata, IModelNameProvider
{
    public string Name => name;

    public Type BinderType => typeof(Binder);

    public BindingSource BindingSource => BindingSource.Path;

    private sealed class Binder : IModelBinder
    {
        public Task BindModelAsync(ModelBindingContext bindingContext)
        {
            if (RawPath.Find(bindingContext.HttpContext, bindingContext.ModelName) is { } value)
                bindingContext.Result = ModelBindingResult.Success(value);
            return Task.CompletedTask;
        }
    }
}
