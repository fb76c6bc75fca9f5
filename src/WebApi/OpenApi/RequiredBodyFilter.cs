using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Says that a body has to be there, unless its action takes none as well.</summary>
internal sealed class RequiredBodyFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.RequestBody is not OpenApiRequestBody body)
            return;

        var parameter = context.ApiDescription.ActionDescriptor.Parameters.FirstOrDefault(parameter => parameter.BindingInfo?.BindingSource == BindingSource.Body);
        body.Required |= parameter is not null && !TakesNone(parameter);
    }

    private static bool TakesNone(ParameterDescriptor parameter) => parameter.BindingInfo?.EmptyBodyBehavior == EmptyBodyBehavior.Allow;
}
