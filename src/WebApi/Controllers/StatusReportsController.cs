using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.StatusReports;

namespace StackAgent.WebApi.Controllers;

/// <summary>Where agents say how they are doing.</summary>
[ApiController]
[Route("webhook/status")]
public sealed class StatusReportsController : ControllerBase
{
    /// <summary>Report a status</summary>
    /// <remarks>
    /// One report, or an array of up to 1,000, each accepted or refused on its own. The answer comes once the reports are durable.
    /// An unknown `agent_id` registers an agent; an unknown `session_topic` opens a session.
    /// </remarks>
    /// <param name="body">A report or an array of reports.</param>
    [HttpPost(Name = "reportStatus")]
    [Authorize(Policies.Report)]
    [AllowAnonymousReports]
    [RequestExample("""{"agent_id":"my-laptop","session_topic":"nightly build","status":"running","message":"compiling","ttl_minutes":30}""")]
    [DisableRequestSizeLimit] // The binder's own limits depend on what comes, and its refusal reaches a client that is still sending.
    [ProducesResponseType<ReportsAccepted>(StatusCodes.Status200OK)]
    [ProducesResponseType<ReportsPartlyAccepted>(StatusCodes.Status207MultiStatus)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    [ProducesResponseType(StatusCodes.Status503ServiceUnavailable)]
    [AnsweredDirectly]
    public Task Report(ReportBody body) => ReportEndpoint.AnswerAsync(HttpContext, body);
}
