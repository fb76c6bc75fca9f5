using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.Controllers;

/// <summary>Whether the server can be used.</summary>
[ApiController]
[AllowAnonymous]
[Route("health")]
public sealed class HealthController(TimeProvider time) : ControllerBase
{
    /// <summary>Whether the server answers at all.</summary>
    [HttpGet(Name = "getHealth")]
    public ActionResult<HealthAnswer> Get() => new HealthAnswer("healthy", time.Now());

    /// <summary>Whether the process is alive; if not, restart it.</summary>
    [HttpGet("live", Name = "getLiveness")]
    public ActionResult<HealthAnswer> Live() => new HealthAnswer("alive", time.Now());

    /// <summary>Whether the database and the runtime work, so that requests may be sent here.</summary>
    [HttpGet("ready", Name = "getReadiness")]
    [ProducesResponseType<HealthAnswer>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status503ServiceUnavailable)]
    public async Task<ActionResult<HealthAnswer>> Ready([FromServices] Readiness readiness)
    {
        var failing = await readiness.FindFailingAsync();
        if (failing.Count == 0)
            return new HealthAnswer("ready", time.Now());

        await HttpContext.WriteProblemAsync(
            StatusCodes.Status503ServiceUnavailable,
            string.Join(' ', failing.Select(part => $"{part.Key}: {string.Join(' ', part.Value)}")),
            failing);
        return new EmptyResult();
    }
}

/// <summary>How the server is.</summary>
/// <param name="Status">One word.</param>
/// <param name="Timestamp">When it was asked.</param>
public sealed record HealthAnswer(string Status, DateTimeOffset Timestamp);
