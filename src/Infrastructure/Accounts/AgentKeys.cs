using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>
/// Derives an agent's key from the server's secret and the id of the key's row. So a restarted or a second server hands the same key to
/// an agent that runs, and yet the database holds nothing but its hash. A key that a previous secret gave stays for as long as that is known, so that no
/// agent has to start again. Works in a scope of its own: call it outside a transaction.
/// </summary>
internal sealed class AgentKeys(IServiceScopeFactory scopes, AccountOptions options, TimeProvider time) : IAgentKeys
{
    private const string Purpose = "stackagent/agent-api-keys/v1";

    private readonly byte[] _key = options.DeriveKey(Purpose);
    private readonly byte[][] _previous = [.. options.Previous.Select(previous => previous.DeriveKey(Purpose))];

    public async Task<string> IssueAsync(Guid ownerId, Guid agentId, CancellationToken cancellationToken)
    {
        try
        {
            return await FindOrAddAsync(ownerId, agentId, cancellationToken);
        }
        catch (ConflictException)
        {
            // Another server added the agent's key at the same moment: now it is there to be found.
            return await FindOrAddAsync(ownerId, agentId, cancellationToken);
        }
    }

    private async Task<string> FindOrAddAsync(Guid ownerId, Guid agentId, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();

        // The reconciler asks again and again, and nearly always the answer is there: no lock, no write.
        var current = await db.ApiKeys.AsNoTracking()
            .Where(key => key.AgentId == agentId && key.OwnerId == ownerId && key.RevokedAt == null)
            .Select(key => new { key.Id, key.Hash })
            .SingleOrDefaultAsync(cancellationToken);
        if (current is not null && Find(current.Id, current.Hash) is { } known)
            return known.Value;

        return await db.InTransactionAsync(token => WriteAsync(db, ownerId, agentId, token), cancellationToken);
    }

    private async Task<string> WriteAsync(ApplicationDbContext db, Guid ownerId, Guid agentId, CancellationToken cancellationToken)
    {
        if (!await db.Agents.AnyAsync(agent => agent.Id == agentId && agent.OwnerId == ownerId, cancellationToken))
            throw new NotFoundException("There is no agent with this id.");

        var key = await db.ApiKeys
            .ForUpdate()
            .SingleOrDefaultAsync(candidate => candidate.AgentId == agentId && candidate.OwnerId == ownerId && candidate.RevokedAt == null, cancellationToken);
        if (key is not null && Find(key.Id, key.Hash) is { } known)
            return known.Value;

        var id = key?.Id ?? Guid.CreateVersion7();
        var secret = Derive(_key, id);
        if (key is null)
            db.ApiKeys.Add(ApiKey.ForAgent(id, ownerId, agentId, secret, time.Now()));
        else
            key.Rekey(secret);

        await db.SaveChangesAsync(cancellationToken);
        return secret.Value;
    }

    /// <summary>The key with this hash; null when none of the secrets that are known gives it.</summary>
    private Secret? Find(Guid keyId, byte[] hash) =>
        _previous.Prepend(_key).Select(key => Derive(key, keyId)).FirstOrDefault(secret => secret.Hash.AsSpan().SequenceEqual(hash));

    private static Secret Derive(byte[] key, Guid keyId) => Secret.ApiKey(HMACSHA256.HashData(key, keyId.ToByteArray(bigEndian: true)));
}
