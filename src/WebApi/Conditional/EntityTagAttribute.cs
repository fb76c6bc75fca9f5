using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Conditional;

/// <summary>Gives the answer of an action an <c>ETag</c> header, and says so in the API's description. For answers that are <see cref="ITagged"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EntityTagAttribute : Attribute, IResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context.Result is ObjectResult { Value: ITagged { EntityTag: { } tag } })
            context.HttpContext.Response.Headers.ETag = tag;
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
