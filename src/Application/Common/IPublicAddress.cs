namespace StackAgent.Application.Common;

/// <summary>How agents and people reach this server.</summary>
public interface IPublicAddress
{
    /// <summary>Absolute, http or https, without a trailing slash. Known once the server listens.</summary>
    string BaseUrl { get; }
}
