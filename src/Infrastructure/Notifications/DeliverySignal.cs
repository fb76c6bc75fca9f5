using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Notifications;

/// <summary>Tells the worker of this process that there are deliveries to make.</summary>
internal sealed class DeliverySignal : WakeSignal;
