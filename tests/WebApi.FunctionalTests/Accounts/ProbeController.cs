using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common.Security;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>One address for each policy, which says who the caller is.</summary>
[ApiController]
[Route("probe")]
public sealed class ProbeController(ICurrentUser caller) : ControllerBase
{
    [HttpGet("access-token-only")]
    [Authorize(Policies.AccessTokenOnly)]
    public IActionResult AccessTokenOnly() => Caller();

    [HttpGet("read")]
    [Authorize(Policies.Read)]
    public IActionResult Read() => Caller();

    [HttpGet("write")]
    [Authorize(Policies.Write)]
    public IActionResult Write() => Caller();

    [HttpGet("report")]
    [Authorize(Policies.Report)]
    public IActionResult Report() => Caller();

    private OkObjectResult Caller() => Ok(new { caller.Id, caller.BoundAgentId });
}
