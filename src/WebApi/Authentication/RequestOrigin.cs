using System.Net;
using StackAgent.Application.Common.Security;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Where the present HTTP request comes from. The address is the connection's: what <c>X-Forwarded-For</c> says anybody can write, and this
/// server isn't told which proxies to believe.
/// </summary>
internal sealed class RequestOrigin(IHttpContextAccessor accessor) : IRequestOrigin
{
    public Guid? UserId => Caller?.UserId;

    public Guid? ApiKeyId => Caller?.ApiKeyId;

    public string? Address => accessor.HttpContext?.Connection.RemoteIpAddress is { } address ? Plain(address).ToString() : null;

    public string? UserAgent => accessor.HttpContext?.Request.Headers.UserAgent.ToString();

    public string? TraceId => accessor.HttpContext is { } context ? ProblemFactory.TraceIdOf(context) : null;

    private CallerIdentity? Caller => accessor.HttpContext is { } context ? CallerIdentity.Of(context) : null;

    /// <summary>IPv4 as such, and IPv6 without the name of this machine's network interface.</summary>
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());
}
