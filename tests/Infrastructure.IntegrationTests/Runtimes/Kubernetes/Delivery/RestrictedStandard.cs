using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Delivery;

/// <summary>
/// Kubernetes' pod security standard "restricted", as a table of its rules (those of "baseline" are among them). A cluster from 1.25 on enforces it by a
/// namespace's label; the tests' cluster is older. Fields that StackAgent's records don't have are never sent, so the rules about them hold of themselves.
/// </summary>
internal static class RestrictedStandard
{
    private static readonly (string Rule, Func<PodSpec, bool> Holds)[] Rules =
    [
        ("no hostPath volumes", pod => Volumes(pod).All(volume => volume.HostPath is null)),
        ("only the kinds of volumes that hold nothing of the node", pod => Volumes(pod).All(volume => volume.EmptyDir is not null || volume.Projected is not null)),
        ("no privileged containers", pod => All(pod, container => container.SecurityContext?.Privileged is not true)),
        ("no way to gain privileges", pod => All(pod, container => container.SecurityContext?.AllowPrivilegeEscalation == false)),
        ("not root", pod => All(pod, container => (container.SecurityContext?.RunAsNonRoot ?? pod.SecurityContext?.RunAsNonRoot) == true)),
        ("not as user 0", pod => All(pod, container => (container.SecurityContext?.RunAsUser ?? pod.SecurityContext?.RunAsUser) is not 0)),
        ("a seccomp profile", pod => pod.SecurityContext?.SeccompProfile?.Type is "RuntimeDefault" or "Localhost"),
        ("all capabilities dropped", pod => All(pod, container => container.SecurityContext?.Capabilities?.Drop?.Contains("ALL") == true)),
    ];

    /// <summary>The rules that the pod breaks.</summary>
    public static IEnumerable<string> BrokenBy(PodSpec pod) => Rules.Where(rule => !rule.Holds(pod)).Select(rule => rule.Rule);

    private static IEnumerable<Volume> Volumes(PodSpec pod) => pod.Volumes ?? [];

    private static bool All(PodSpec pod, Func<Container, bool> holds) => (pod.InitContainers ?? []).Concat(pod.Containers ?? []).All(holds);
}
