using Microsoft.AspNetCore.Mvc;

namespace StackAgent.WebApi.Errors;

/// <summary>An action's or filter's answer that is a problem but no exception: a refused login is an everyday thing.</summary>
public sealed class ProblemAnswer(int status, string detail) : ActionResult
{
    public override Task ExecuteResultAsync(ActionContext context) => context.HttpContext.WriteProblemAsync(status, detail);
}
