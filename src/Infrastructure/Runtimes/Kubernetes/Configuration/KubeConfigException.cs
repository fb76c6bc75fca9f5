namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>
/// The configuration of the connection to a cluster can't be used. The message is one sentence that begins with the variable or file at fault and
/// repeats no secret.
/// </summary>
public sealed class KubeConfigException(string message, Exception? innerException = null) : Exception(message, innerException);
