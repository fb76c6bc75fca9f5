using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>What the real cluster holds of one installation, as the cluster's administrator sees it.</summary>
/// <param name="selector">Selects the installation's objects by their labels.</param>
internal sealed class ClusterObjects(string selector)
{
    public const string AgentKinds = "secrets,deployments.apps,services,ingresses.networking.k8s.io";

    public string Selector => selector;

    public static async Task<ClusterObjects> OfAsync(IServiceProvider server) =>
        new(new ObjectLabels(await server.GetRequiredService<IInstallation>().GetIdAsync(CancellationToken.None)).Selector);

    /// <summary>Of the installation that the stack is part of.</summary>
    public static async Task<ClusterObjects> OfStackAsync(Guid stack)
    {
        var labels = (await GetAsync("namespace", Stack.NamespaceFor(stack)))["metadata"]!["labels"]!;
        return new ClusterObjects(string.Join(
            ',', new[] { "app.kubernetes.io/managed-by", "app.kubernetes.io/instance" }.Select(key => $"{key}={labels[key]}")));
    }

    /// <summary>Each as <c>Kind name</c>, sorted, in one stack or in all.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(Guid? stack = null, string kinds = AgentKinds)
    {
        string[] where = stack is { } id ? ["-n", Stack.NamespaceFor(id)] : ["-A"];
        var found = await TestCluster.GetAsync([kinds, .. where, "-l", selector]);
        return [.. (found?["items"]?.AsArray() ?? []).Select(item => $"{item!["kind"]} {item["metadata"]!["name"]}").Order(StringComparer.Ordinal)];
    }

    /// <summary>What an agent consists of in its first revision, as <see cref="ListAsync"/> gives it.</summary>
    public static IEnumerable<string> PartsOf(Guid agent) =>
        [$"Deployment agent-{agent}", $"Ingress agent-{agent}", $"Secret agent-{agent}-r1", $"Service agent-{agent}"];

    /// <summary>An object that has to be there.</summary>
    public static async Task<JsonNode> GetAsync(string kind, string name, string? ns = null) =>
        await FindAsync(kind, name, ns) ?? throw new AssertionException($"There is no {kind} {name}.");

    /// <summary>Null when it isn't there.</summary>
    public static Task<JsonNode?> FindAsync(string kind, string name, string? ns = null) =>
        TestCluster.GetAsync(ns is null ? [kind, name] : [kind, name, "-n", ns]);

    /// <summary>Asks for the end of all that is left, and waits for none of it.</summary>
    public Task RemoveAsync() => TestCluster.KubectlAsync("delete", "namespaces", "--ignore-not-found", "--wait=false", "-l", selector);
}
