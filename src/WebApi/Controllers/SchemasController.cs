using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents.Configuration;

namespace StackAgent.WebApi.Controllers;

/// <summary>Schemas of files that people write.</summary>
[ApiController]
[AllowAnonymous]
[Route("schemas")]
[Tags("Schemas")]
public sealed class SchemasController : ControllerBase
{
    /// <summary>The schema of agent.yaml</summary>
    /// <remarks>JSON Schema, draft 2020-12. An editor finds it by a first line `# yaml-language-server: $schema=…/schemas/agent.json`.</remarks>
    [HttpGet("agent.json", Name = "getAgentSchema")]
    [Produces(AgentSchema.MediaType)]
    [ProducesResponseType(StatusCodes.Status200OK)]
    [ResponseCache(Duration = 3600, Location = ResponseCacheLocation.Any)]
    public ContentResult Agent() => Content(AgentSchema.Document, AgentSchema.MediaType);
}
