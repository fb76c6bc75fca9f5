using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Conditional;
using StackAgent.WebApi.Models;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.Paths;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.Controllers;

/// <summary>An agent's code and configuration, as they are and as they were.</summary>
[ApiController]
[Route("api/agents/{agent_id}")]
[Tags("Revisions")]
public sealed class RevisionsController(IMediator mediator, AgentUploads uploads) : ControllerBase
{
    private const string Zip = "application/zip";

    // All the variables and secrets that an agent may have, escaped.
    private const int ConfigLimit = 1024 * 1024;

    /// <summary>Get an agent's configuration</summary>
    /// <remarks>
    /// That of the revision that should run: what was set through the API, and for all else what its code's `agent.yaml` says. What is null is left to
    /// the server. 409 for an agent that only reports.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("config", Name = "getAgentConfig")]
    [Authorize(Policies.Read)]
    [EntityTag]
    [ProducesResponseType<AgentConfigDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<AgentConfigDto> GetConfig([FromRawPath("agent_id")] string agentId, CancellationToken cancellationToken) =>
        mediator.Send(new GetAgentConfig(agentId), cancellationToken);

    /// <summary>Change an agent's configuration</summary>
    /// <remarks>
    /// A JSON merge patch: what is absent stays as it is, `null` clears it. Makes a revision of the same code and deploys it; what changes nothing makes
    /// none, and the answer is the present one. With `wait` the answer comes when the revision is active or has failed, or after that time; the status
    /// code is the same, so look at `state`.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="patch">What to change.</param>
    /// <param name="wait">How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="ifMatch">The state that the change is meant for.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPatch("config", Name = "updateAgentConfig")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [Consumes("application/json", "application/merge-patch+json")]
    [RequestSizeLimit(ConfigLimit)]
    [ProducesResponseType<RevisionDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<RevisionDto> ChangeConfig(
        [FromRawPath("agent_id")] string agentId,
        AgentConfigPatch patch,
        [FromQuery] string? wait,
        [FromIfMatch] Precondition? ifMatch,
        CancellationToken cancellationToken) =>
        mediator.Send(new ChangeAgentConfig(agentId, patch, WaitParameter.Parse(wait), ifMatch), cancellationToken);

    /// <summary>Replace an agent's code</summary>
    /// <remarks>
    /// Makes a revision with the code of the ZIP and deploys it; what runs goes on until that is ready. The configuration stays, as far as `config`
    /// doesn't change it. The present code once more, unless it has failed, makes no revision. With `wait` the answer comes when the revision is active or
    /// has failed, or after that time; the status code is the same, so look at `state`.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="wait">How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="dryRun">Only say what would come of it: the same answer as that of a dry run of `createAgent`, and nothing is stored.</param>
    /// <param name="ifMatch">The state that the change is meant for: the `ETag` of the configuration.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("code", Name = "replaceAgentCode")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [StreamedForm]
    [MultipartForm(typeof(ReplaceCodeForm))]
    [ProducesResponseType<RevisionDto>(StatusCodes.Status200OK)]
    [AlternativeAnswer(StatusCodes.Status200OK, typeof(CodePreview), "The revision; with `dry_run`, what would come of it.")]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public async Task<OkObjectResult> ChangeCode(
        [FromRawPath("agent_id")] string agentId,
        [FromQuery] string? wait,
        [FromQuery(Name = "dry_run")] bool dryRun,
        [FromIfMatch] Precondition? ifMatch,
        CancellationToken cancellationToken)
    {
        var upload = uploads.Of(HttpContext);
        return dryRun
            ? Ok(await mediator.Send(new PreviewAgentCode(agentId, upload), cancellationToken))
            : Ok(await mediator.Send(new ChangeAgentCode(agentId, upload, WaitParameter.Parse(wait), ifMatch), cancellationToken));
    }

    /// <summary>List an agent's revisions</summary>
    /// <remarks>
    /// Newest first; `next_cursor` gets the older ones and is null at the end. Only the newest are kept, 10 unless the server is set otherwise, and those
    /// that run or may have to.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cursor">`next_cursor` of the answer before.</param>
    /// <param name="limit">Revisions in the answer, 1 to 100.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("revisions", Name = "listAgentRevisions")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<RevisionPage>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<RevisionPage> List(
        [FromRawPath("agent_id")] string agentId,
        [FromQuery] string? cursor,
        [FromQuery] int limit = ListAgentRevisions.DefaultLimit,
        CancellationToken cancellationToken = default) =>
        mediator.Send(new ListAgentRevisions(agentId, cursor, limit), cancellationToken);

    /// <summary>Get a revision</summary>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="number">The revision's number.</param>
    /// <param name="compareTo">Adds `difference`: what distinguishes the revision from this one. Of secrets only the names are told.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("revisions/{number:int}", Name = "getAgentRevision")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<RevisionDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<RevisionDto> Get(
        [FromRawPath("agent_id")] string agentId, int number, [FromQuery(Name = "compare_to")] int? compareTo, CancellationToken cancellationToken) =>
        mediator.Send(new GetAgentRevision(agentId, number, compareTo), cancellationToken);

    /// <summary>Download a revision's code</summary>
    /// <remarks>The ZIP as it was uploaded. Ranges and conditional requests are served; the ETag is its SHA-256.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="number">The revision's number.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("revisions/{number:int}/code", Name = "downloadAgentRevisionCode")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<FileStreamResult>(StatusCodes.Status200OK, Zip)]
    [ProducesResponseType<FileStreamResult>(StatusCodes.Status206PartialContent, Zip)]
    [ProducesResponseType(StatusCodes.Status304NotModified)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    [ProducesResponseType(StatusCodes.Status412PreconditionFailed)]
    [ProducesResponseType(StatusCodes.Status416RangeNotSatisfiable)]
    public async Task<FileStreamResult> GetCode([FromRawPath("agent_id")] string agentId, int number, CancellationToken cancellationToken)
    {
        var zip = await mediator.Send(new GetAgentRevisionCode(agentId, number), cancellationToken);
        return new FileStreamResult(zip.Content, Zip)
        {
            FileDownloadName = zip.FileName,
            EnableRangeProcessing = true,
            EntityTag = new EntityTagHeaderValue($"\"{zip.Digest}\""),
            LastModified = zip.CreatedAt,
        };
    }

    /// <summary>Roll an agent back</summary>
    /// <remarks>
    /// Makes a new revision with the code, settings and secrets of an earlier one, and deploys it; what runs goes on until that is ready. With `wait` the
    /// answer comes when it is active or has failed, or after that time; the status code is the same, so look at `state`.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="request">To which revision.</param>
    /// <param name="wait">How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("rollback", Name = "rollBackAgent")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<RevisionDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<RevisionDto> RollBack(
        [FromRawPath("agent_id")] string agentId, RollBackRequest request, [FromQuery] string? wait, CancellationToken cancellationToken) =>
        mediator.Send(new RollBackAgent(agentId, request.Revision, request.Note, WaitParameter.Parse(wait)), cancellationToken);
}

/// <summary>Other code for an agent.</summary>
public sealed record ReplaceCodeForm
{
    /// <summary>A ZIP of the agent's code.</summary>
    public required IFormFile File { get; init; }

    /// <summary>What to change of the configuration along with it, as JSON.</summary>
    public AgentConfigPatch? Config { get; init; }

    /// <summary>What to remember about this revision; at most 1,000 characters.</summary>
    public string? Note { get; init; }
}

/// <summary>Where to go back to.</summary>
public sealed record RollBackRequest
{
    /// <summary>The number of an earlier revision.</summary>
    public required int Revision { get; init; }

    /// <summary>What to remember about it; at most 1,000 characters.</summary>
    public string? Note { get; init; }
}
