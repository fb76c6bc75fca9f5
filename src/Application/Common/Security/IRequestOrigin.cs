namespace StackAgent.Application.Common.Security;

/// <summary>Where the present request comes from; all null outside one, when the server acts by itself.</summary>
public interface IRequestOrigin
{
    /// <summary>The authenticated caller; null: nobody who is known.</summary>
    Guid? UserId { get; }

    /// <summary>The API key that the caller showed; null: an access token, or nothing.</summary>
    Guid? ApiKeyId { get; }

    /// <summary>The address at the other end of the connection: the client's, or that of the proxy before this server.</summary>
    string? Address { get; }

    /// <summary>The header <c>User-Agent</c>, as the client wrote it.</summary>
    string? UserAgent { get; }

    /// <summary>As errors show it in <c>trace_id</c>.</summary>
    string? TraceId { get; }
}
