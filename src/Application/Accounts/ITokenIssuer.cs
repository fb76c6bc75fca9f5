namespace StackAgent.Application.Accounts;

/// <summary>Makes access tokens: signed, readable by anyone, refused once expired or once their login has ended.</summary>
public interface ITokenIssuer
{
    /// <summary>A new token, good from now.</summary>
    /// <param name="user">Whom the token speaks for.</param>
    /// <param name="tokenId">Its <c>jti</c>: the id of the refresh token issued with it.</param>
    string Issue(UserAccount user, Guid tokenId);
}
