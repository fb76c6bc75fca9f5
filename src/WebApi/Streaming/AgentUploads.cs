using StackAgent.Application.Agents;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Streaming;

/// <summary>Uploads of agents' code, as many at once as there may be.</summary>
public sealed class AgentUploads
{
    private readonly UploadSettings _settings;
    private readonly UploadPlaces _places;

    internal AgentUploads(UploadSettings settings, UploadPlaces places) => (_settings, _places) = (settings, places);

    /// <summary>That of a request; nothing may have read its body yet.</summary>
    public IAgentUpload Of(HttpContext context) =>
        new Limited(new AgentUpload(context, _settings.MaxZipBytes), _places, CallerIdentity.Of(context)?.UserId ?? Guid.Empty);

    private sealed class Limited(AgentUpload upload, UploadPlaces places, Guid ownerId) : IAgentUpload
    {
        /// <summary>Takes a place for as long as the form arrives and its code is unpacked, not for the wait for its rollout.</summary>
        public async Task<AgentForm> ReceiveAsync(
            Func<Stream, CancellationToken, Task> receiveFile, Action<AgentForm>? beforeFile, CancellationToken cancellationToken)
        {
            using var place = places.TryEnter(ownerId)
                ?? throw new TooManyAtOnceException($"You have {UploadPlaces.MaxOfOwner} uploads under way, which is as many as an account may have at once.");
            return await upload.ReceiveAsync(receiveFile, beforeFile, cancellationToken);
        }
    }
}
