using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.WebApi.FunctionalTests.Errors;

/// <summary>Fails in each way a controller can.</summary>
[ApiController]
[Route("faulty")]
public sealed class FaultyController : ControllerBase
{
    [HttpGet("throw/{kind}")]
    public IActionResult Throw(string kind) => throw (kind switch
    {
        "validation" => new ValidationFailedException("name", "A name is required."),
        "not-found" => new NotFoundException("There is no such stack."),
        "conflict" => new ConflictException("The name is taken."),
        "forbidden" => new ForbiddenException("This key has no scope write."),
        "bad-request" => new BadHttpRequestException("secret detail", StatusCodes.Status400BadRequest),
        "full-disk" => new InvalidOperationException("secret /srv/path", new IOException("secret /srv/path", hresult: 28)),
        "aborted" => new OperationCanceledException(),
        _ => new InvalidOperationException("secret /srv/path"),
    });

    [HttpGet("status/{status:int}")]
    public IActionResult Status(int status) => StatusCode(status);

    [HttpGet("by-id/{id}")]
    public IActionResult ById(Guid id) => Ok(new { id });

    [HttpGet("query")]
    public IActionResult Query([FromQuery] int page = 1, [FromQuery(Name = "stack_id")] Guid? stackId = null, [FromQuery] AgentStatus? status = null) =>
        Ok(new { page, stackId, status });

    [HttpPost("body")]
    [Consumes("application/json")]
    public IActionResult Body(Sample body) => Ok(body);

    [HttpPost("raw")]
    public async Task<IActionResult> Raw(CancellationToken cancellationToken)
    {
        await Request.Body.CopyToAsync(Stream.Null, cancellationToken);
        return NoContent();
    }

    [HttpPost("patch")]
    public IActionResult Patch(SamplePatch body) => Ok(new { body.Description.IsPresent, body.Description.Value, CountPresent = body.Count.IsPresent });

    public sealed record Sample(string? FullName, int? Count, Guid? AgentId, DateTimeOffset? At, AgentStatus? Status, Inner[]? Items, bool? Flag);

    public sealed record Inner(string? Title);

    public sealed record SamplePatch
    {
        public Optional<string> Description { get; init; }

        public Optional<int> Count { get; init; }
    }
}
