using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What an agent is in a cluster: a Secret with its environment, a Deployment, a Service and an Ingress, all of one name.</summary>
internal sealed class AgentObjects(ObjectLabels labels, KubernetesOptions options)
{
    /// <summary>Where a container listens.</summary>
    public const int Port = 8000;

    public const string ContainerName = "agent";

    /// <summary>Pods of one agent.</summary>
    public const int Replicas = 1;

    /// <summary>On pods; changes exactly when they have to be replaced, and tells those of the newest specification from those before.</summary>
    public const string SpecAnnotation = "stackagent.io/spec";

    /// <summary>Where the agent's code is mounted.</summary>
    private const string CodeMount = "/app/graphs";

    private const string PortName = "http";
    private const string Tcp = "TCP";
    private const string CodeVolume = "code";

    public Secret Environment(AgentSpec agent) => new()
    {
        Metadata = Meta(agent.Agent),
        Type = "Opaque",
        Data = agent.Environment.ToDictionary(
            variable => variable.Key, variable => Convert.ToBase64String(Encoding.UTF8.GetBytes(variable.Value)), StringComparer.Ordinal),
    };

    public Deployment Deployment(AgentSpec agent)
    {
        var name = ObjectLabels.NameOf(agent.Agent);
        return new Deployment
        {
            Metadata = Meta(agent.Agent),
            Spec = new DeploymentSpec
            {
                Replicas = Replicas,
                RevisionHistoryLimit = 1,
                ProgressDeadlineSeconds = Math.Max(2, (int)options.DeployTimeout.TotalSeconds),
                Selector = new LabelSelector { MatchLabels = new Dictionary<string, string>(StringComparer.Ordinal) { [ObjectLabels.App] = name } },
                // The old pod goes when the new one is ready.
                Strategy = new DeploymentStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdate { MaxSurge = 1, MaxUnavailable = 0 } },
                Template = new PodTemplate
                {
                    Metadata = new PodTemplateMeta
                    {
                        Labels = labels.Of(agent.Agent),
                        Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [SpecAnnotation] = SpecDigest(agent) },
                    },
                    Spec = Pod(agent, name),
                },
            },
        };
    }

    public Service Service(AgentRef agent) => new()
    {
        Metadata = Meta(agent),
        Spec = new ServiceSpec
        {
            Type = "ClusterIP",
            Selector = new Dictionary<string, string>(StringComparer.Ordinal) { [ObjectLabels.App] = ObjectLabels.NameOf(agent) },
            Ports = [new ServicePort { Name = PortName, Port = 80, TargetPort = Port, Protocol = Tcp }],
        },
    };

    public Ingress Ingress(AgentRef agent)
    {
        var ingress = options.Ingress;
        var root = AgentUrls.RootPath(agent.StackId, agent.AgentId);
        var isNginx = ingress.Rewrite == IngressRewrite.Nginx;
        var annotations = new Dictionary<string, string>(ingress.Annotations, StringComparer.Ordinal);
        if (isNginx)
        {
            annotations["nginx.ingress.kubernetes.io/use-regex"] = "true";
            annotations["nginx.ingress.kubernetes.io/rewrite-target"] = "/$1";
            annotations["nginx.ingress.kubernetes.io/x-forwarded-prefix"] = root;
        }

        var path = new IngressPath
        {
            Path = isNginx ? $"{root}/(.*)" : $"{root}/",
            PathType = isNginx ? "ImplementationSpecific" : "Prefix",
            Backend = new IngressBackend
            {
                Service = new IngressService { Name = ObjectLabels.NameOf(agent), Port = new IngressServicePort { Number = 80 } },
            },
        };
        return new Ingress
        {
            Metadata = Meta(agent) with { Annotations = annotations },
            Spec = new IngressSpec
            {
                IngressClassName = ingress.ClassName,
                Tls = ingress.TlsSecret is null
                    ? null
                    : [new IngressTls { Hosts = ingress.Host is null ? null : [ingress.Host], SecretName = ingress.TlsSecret }],
                Rules = [new IngressRule { Host = ingress.Host, Http = new IngressHttp { Paths = [path] } }],
            },
        };
    }

    /// <summary>What stands in <see cref="SpecAnnotation"/>.</summary>
    public static string SpecDigest(AgentSpec agent) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(agent.Fingerprint)));

    private bool IsRestricted => options.Hardening == PodHardening.Restricted;

    private PodSpec Pod(AgentSpec agent, string name) => new()
    {
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        TerminationGracePeriodSeconds = 10,
        SecurityContext = new PodSecurityContext
        {
            RunAsNonRoot = IsRestricted ? true : null,
            RunAsUser = IsRestricted ? options.RunAsUser : null,
            RunAsGroup = IsRestricted ? options.RunAsUser : null,
            SeccompProfile = new SeccompProfile { Type = "RuntimeDefault" },
        },
        ImagePullSecrets = PullSecrets(),
        Containers =
        [
            new Container
            {
                Name = ContainerName,
                Image = options.Image,
                ImagePullPolicy = options.ImagePullPolicy,
                Ports = [new ContainerPort { Name = PortName, Port = Port, Protocol = Tcp }],
                EnvFrom = [new EnvironmentSource { SecretRef = new LocalReference { Name = name } }],
                Env = [new EnvironmentVariable { Name = "PORT", Value = Port.ToString(CultureInfo.InvariantCulture) }],
                Resources = new ResourceRequirements
                {
                    Requests = options.Resources.Requests,
                    Limits = options.Resources.Limits,
                },
                ReadinessProbe = new Probe { TcpSocket = new TcpSocketAction { Port = Port }, PeriodSeconds = 2, TimeoutSeconds = 2, FailureThreshold = 3 },
                SecurityContext = IsRestricted
                    ? new ContainerSecurityContext { AllowPrivilegeEscalation = false, Capabilities = new Capabilities { Drop = ["ALL"] } }
                    : null,
                VolumeMounts = [new VolumeMount { Name = CodeVolume, MountPath = CodeMount, ReadOnly = true }],
            },
        ],
        Volumes = [new Volume { Name = CodeVolume, HostPath = new HostPathVolume { Path = OnNode(agent.CodePath), Type = "Directory" } }],
    };

    private LocalReference[]? PullSecrets()
    {
        LocalReference[] secrets =
        [
            .. options.ImagePullSecrets.Select(name => new LocalReference { Name = name }),
            .. options.ImagePullConfigFile is null ? Array.Empty<LocalReference>() : [new LocalReference { Name = StackObjects.PullSecretName }],
        ];
        return secrets.Length == 0 ? null : secrets;
    }

    private string OnNode(string path) => options.HostPlatformPath is { } folder
        ? Path.Combine(folder, Path.GetRelativePath(options.PlatformPath, path))
        : path;

    private ObjectMeta Meta(AgentRef agent) => new()
    {
        Name = ObjectLabels.NameOf(agent),
        Namespace = Stack.NamespaceFor(agent.StackId),
        Labels = labels.Of(agent),
    };
}
