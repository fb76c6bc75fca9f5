using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Net.Http.Headers;
using StackAgent.Application.Common;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Conditional;

/// <summary>Binds a <see cref="Precondition"/> to the <c>If-Match</c> header; null when the request has none. 400 when it can't be read.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FromIfMatchAttribute : Attribute, IBinderTypeProviderMetadata
{
    public Type BinderType => typeof(Binder);

    // None of those that are described as parameters by themselves: IfMatchFilter has better words for it.
    public BindingSource BindingSource => BindingSource.Special;

    private sealed class Binder : IModelBinder
    {
        public Task BindModelAsync(ModelBindingContext bindingContext)
        {
            if (bindingContext.HttpContext.Request.Headers.TryGetValue(HeaderNames.IfMatch, out var header))
                bindingContext.Result = ModelBindingResult.Success(Parse(header));
            return Task.CompletedTask;
        }

        private static Precondition Parse(IList<string?> header)
        {
            if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count == 0)
                throw new UnreadableBodyException(400, HeaderNames.IfMatch, "This header takes entity tags in quotes, such as \"v7\", separated by commas, or *.");

            return tags.Any(tag => tag.Tag == "*")
                ? new Precondition(Tags: null)
                : new Precondition([.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())]);
        }
    }
}
