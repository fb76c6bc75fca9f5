using Microsoft.AspNetCore.Mvc.Formatters;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Hosting;

internal static class ApiControllers
{
    /// <summary>Controllers that speak the contract's JSON and answer every bad input as a problem.</summary>
    public static IMvcBuilder AddApiControllers(this IServiceCollection services) => services
        .AddControllers(options =>
        {
            options.ReturnHttpNotAcceptable = true;
            // Whether a field may be missing is a rule of its use case, whose validator has the better sentence.
            options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
            options.OutputFormatters.RemoveType<StringOutputFormatter>();
            foreach (var types in options.InputFormatters.OfType<SystemTextJsonInputFormatter>().Select(formatter => formatter.SupportedMediaTypes)
                .Concat(options.OutputFormatters.OfType<SystemTextJsonOutputFormatter>().Select(formatter => formatter.SupportedMediaTypes)))
            {
                // One name for JSON; the other two would triple every entry of the API's description.
                types.Clear();
                types.Add("application/json");
            }

            options.OutputFormatters.Insert(0, new ListOutputFormatter(JsonDefaults.Create()));
            options.ModelBinderProviders.Insert(0, new SnakeCaseEnumBinderProvider());
            InvalidModelState.UseOwnWords(options.ModelBindingMessageProvider);
        })
        .ConfigureApiBehaviorOptions(options =>
        {
            options.SuppressMapClientErrors = true;
            options.InvalidModelStateResponseFactory = InvalidModelState.Answer;
        })
        .AddJsonOptions(options =>
        {
            // Off, so that the exception itself reaches InvalidModelState, which has better words for it.
            options.AllowInputFormatterExceptionMessages = false;
            JsonDefaults.Apply(options.JsonSerializerOptions);
        });
}
