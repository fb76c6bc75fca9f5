namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>A name leads to an address that isn't public. Nothing was connected to.</summary>
internal sealed class RefusedAddressException(string host) : Exception(
    $"The name {host} leads to an address that isn't one of the public internet, so notifications aren't sent to it "
    + "unless NOTIFICATION_ALLOW_PRIVATE=true on the server.");
