using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Controllers.Accounts;

/// <summary>The caller's API keys.</summary>
[ApiController]
[Route("api/apikeys")]
[Authorize(Policies.AccessTokenOnly)]
[RequestSizeLimit(BodyLimit)]
public sealed class ApiKeysController(IMediator mediator) : ControllerBase
{
    private const int BodyLimit = 64 * 1024;

    /// <summary>List the caller's API keys</summary>
    /// <remarks>Newest first, revoked ones and those of deployed agents included.</remarks>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet(Name = "listApiKeys")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<ApiKeysResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> List(CancellationToken cancellationToken) =>
        Ok(ApiKeysResponse.From(await mediator.Send(new ListApiKeys(), cancellationToken)));

    /// <summary>Make an API key</summary>
    /// <remarks>The answer holds the key, this once. `expires_in` counts days; without it the key doesn't expire. Scopes: `report` (the default), `read`, `write`.</remarks>
    /// <param name="request">The key's name, life and scopes.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost(Name = "createApiKey")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<NewApiKeyResponse>(StatusCodes.Status201Created)]
    public async Task<IActionResult> Create(CreateApiKey request, CancellationToken cancellationToken)
    {
        var created = await mediator.Send(request, cancellationToken);
        Response.Headers.CacheControl = "no-store";
        return Created((string?)null, NewApiKeyResponse.From(created));
    }

    /// <summary>Revoke an API key</summary>
    /// <remarks>It stops working at once and stays in the list as revoked.</remarks>
    /// <param name="id">The key's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("{id}", Name = "revokeApiKey")]
    [Authorize(Policies.AccessTokenOnly)]
    [ProducesResponseType<MessageResponse>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Revoke(Guid id, CancellationToken cancellationToken)
    {
        await mediator.Send(new RevokeApiKey(id), cancellationToken);
        return Ok(new MessageResponse("API key revoked successfully"));
    }
}
