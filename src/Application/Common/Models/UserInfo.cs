namespace StackAgent.Application.Common.Models;

/// <summary>Who made or changed something.</summary>
public sealed record UserInfo(Guid Id, string FullName, string Email);
