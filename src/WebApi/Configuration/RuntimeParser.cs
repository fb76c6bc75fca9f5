using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.WebApi.Configuration;

/// <summary>Decides what runs agents.</summary>
internal static class RuntimeParser
{
    // "auto" that is as good as "local" where production asks for a word.
    private const string KubernetesOrLocal = "kubernetes-or-local";

    public static RuntimeSettings Parse(
        EnvironmentReader reader, bool isProduction, bool hasPublicUrl, string workingDirectory, IMachine machine, List<string> warnings)
    {
        var deployTimeout = TimeSpan.FromSeconds(reader.Number("AGENT_DEPLOY_TIMEOUT_SECONDS", 300, 1, 86_400));
        var keepRevisions = (int)reader.Number("AGENT_KEEP_REVISIONS", RuntimeSettings.DefaultKeepRevisions, 1, 1_000);
        var graphCommand = reader.Text("LOCAL_GRAPH_COMMAND");
        var chatUi = reader.BaseUrl("CHAT_UI_BASE_URL");
        var optionWarnings = new List<string>();
        var options = KubernetesOptionsParser.Parse(reader, deployTimeout, workingDirectory, machine, optionWarnings);

        var agentsServerUrl = reader.BaseUrl("AGENT_SERVER_URL");

        var word = reader.Word("AGENT_RUNTIME", "auto", "kubernetes", "local", KubernetesOrLocal) ?? "auto";
        var connection = word == "local"
            ? null
            : FindCluster(reader, mustBe: word == "kubernetes", mayBeLocal: word == KubernetesOrLocal || !isProduction, workingDirectory, machine);
        if (connection is null)
        {
            if (word != "local" && reader.Text("K8S_CONTEXT") is { } context)
                warnings.Add($"K8S_CONTEXT is {context}, but no cluster is configured.");
            warnings.Add("Agents run on this machine as the server's own user; upload only code that you trust.");
            return new RuntimeSettings(RuntimeKind.Local, deployTimeout, graphCommand, chatUi, Kubernetes: null)
            {
                KeepRevisions = keepRevisions,
                AgentsServerUrl = agentsServerUrl,
            };
        }

        warnings.AddRange(connection.Warnings);
        warnings.AddRange(optionWarnings);
        if (!hasPublicUrl && agentsServerUrl is null)
            warnings.Add("PUBLIC_URL isn't set: agents in pods can't reach this server at its own address, so that they can't report.");
        return new RuntimeSettings(RuntimeKind.Kubernetes, deployTimeout, graphCommand, chatUi, new KubernetesSettings(connection, options))
        {
            KeepRevisions = keepRevisions,
            AgentsServerUrl = agentsServerUrl,
        };
    }

    /// <summary>The cluster to use; null for this machine, or when there is a fault.</summary>
    private static ClusterConnection? FindCluster(EnvironmentReader reader, bool mustBe, bool mayBeLocal, string workingDirectory, IMachine machine)
    {
        try
        {
            if (KubeConfigLoader.Load(reader.Variables, workingDirectory, machine) is { } connection)
                return connection;
        }
        catch (KubeConfigException exception)
        {
            reader.Refuse(mustBe
                ? exception.Message
                : $"{exception.Message.TrimEnd('.')}; or set AGENT_RUNTIME to local to run agents on this machine.");
            return null;
        }

        if (mustBe)
            reader.Refuse("AGENT_RUNTIME is kubernetes, but no cluster is configured; set K8S_CONFIG_PATH or KUBECONFIG to a kubeconfig, or put one into ~/.kube/config.");
        else if (!mayBeLocal)
            reader.Refuse("AGENT_RUNTIME must be set to local in production to run agents on this machine, as the server's own user; no cluster is configured.");
        return null;
    }
}
