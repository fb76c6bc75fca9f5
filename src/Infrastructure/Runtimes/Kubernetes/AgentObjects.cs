using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What an agent is in a cluster: a Deployment, a Service and an Ingress of one name, and for each revision a Secret with its environment.</summary>
internal sealed class AgentObjects(ObjectLabels labels, KubernetesOptions options)
{
    /// <summary>On pods; changes exactly when they have to be replaced, and tells those of the newest specification from those before.</summary>
    public const string SpecAnnotation = "stackagent.io/spec";

    /// <summary>On the Deployment: which rollout asked for it. Not on pods, which a way back mustn't touch.</summary>
    public const string RolloutAnnotation = "stackagent.io/rollout";

    /// <summary>On the Deployment: how many pods are wanted, to tell that from what somebody else has made of it.</summary>
    public const string ReplicasAnnotation = "stackagent.io/replicas";

    /// <summary>On the Deployment: what of it are the agent's own settings, by their names on the wire, and not the server's defaults.</summary>
    public const string SettingsAnnotation = "stackagent.io/settings";

    /// <summary>On the Deployment: Secrets of other revisions may be there, to be removed when no pod needs them any more.</summary>
    public const string EarlierSecretsAnnotation = "stackagent.io/earlier-secrets";

    private const string Tcp = "TCP";

    private readonly AgentPod _pod = new(options);

    public Secret Environment(AgentSpec agent) => new()
    {
        Metadata = Meta(agent.Agent) with { Name = SecretName(agent) },
        Type = "Opaque",
        Data = agent.Environment.ToDictionary(
            variable => variable.Key, variable => Convert.ToBase64String(Encoding.UTF8.GetBytes(variable.Value)), StringComparer.Ordinal),
    };

    /// <summary>Makes the Deployment.</summary>
    /// <param name="agent">Whose.</param>
    /// <param name="hasEarlierSecrets">Secrets of other revisions may be there.</param>
    public Deployment Deployment(AgentSpec agent, bool hasEarlierSecrets)
    {
        var replicas = agent.IsStopped ? 0 : agent.Settings.Replicas ?? 1;
        return new Deployment
        {
            Metadata = Meta(agent.Agent) with { Annotations = Annotations(agent, replicas, hasEarlierSecrets) },
            Spec = new DeploymentSpec
            {
                Replicas = replicas,
                // What still has pods stays in any case; this is for those that a way back has to start again.
                RevisionHistoryLimit = 1,
                ProgressDeadlineSeconds = Math.Max(2, agent.Settings.Health?.StartupSeconds ?? (int)options.DeployTimeout.TotalSeconds),
                Selector = new LabelSelector
                {
                    MatchLabels = new Dictionary<string, string>(StringComparer.Ordinal) { [ObjectLabels.App] = ObjectLabels.NameOf(agent.Agent) },
                },
                // The old pod goes when the new one is ready.
                Strategy = new DeploymentStrategy { Type = "RollingUpdate", RollingUpdate = new RollingUpdate { MaxSurge = 1, MaxUnavailable = 0 } },
                Template = new PodTemplate
                {
                    Metadata = new PodTemplateMeta
                    {
                        Labels = labels.Of(agent.Agent),
                        Annotations = PodAnnotations(agent),
                    },
                    Spec = _pod.Of(agent, SecretName(agent)),
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
            Ports = [new ServicePort { Name = AgentPod.PortName, Port = 80, TargetPort = AgentPod.PortName, Protocol = Tcp }],
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

    /// <summary>One for each revision: what pods of another one were started with must not change under them.</summary>
    public static string SecretName(AgentSpec agent) =>
        string.Create(CultureInfo.InvariantCulture, $"{ObjectLabels.NameOf(agent.Agent)}-r{agent.Revision}");

    private Dictionary<string, string> PodAnnotations(AgentSpec agent)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [SpecAnnotation] = SpecDigest(agent) };
        if (options.Fetch is not null)
            annotations[CodeFetchPod.CodeAnnotation] = agent.Code.Revision.ToString(CultureInfo.InvariantCulture);
        return annotations;
    }

    private static Dictionary<string, string> Annotations(AgentSpec agent, int replicas, bool hasEarlierSecrets)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [RolloutAnnotation] = agent.Rollout.ToString(CultureInfo.InvariantCulture),
            [ReplicasAnnotation] = replicas.ToString(CultureInfo.InvariantCulture),
        };
        if (AgentFacts.OwnSettings(agent.Settings) is { Length: > 0 } own)
            annotations[SettingsAnnotation] = own;
        if (hasEarlierSecrets)
            annotations[EarlierSecretsAnnotation] = "true";
        return annotations;
    }

    private ObjectMeta Meta(AgentRef agent) => new()
    {
        Name = ObjectLabels.NameOf(agent),
        Namespace = Stack.NamespaceFor(agent.StackId),
        Labels = labels.Of(agent),
    };
}
