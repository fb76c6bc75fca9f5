using System.Text.Json;
using System.Text.Json.Nodes;

namespace StackAgent.Testing;

/// <summary>One request as the cluster's API server wrote it down.</summary>
/// <param name="Right">What the account needed for it, such as <c>create /pods</c> or <c>patch apps/deployments</c>; null: a path that is no resource.</param>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="IsForbidden">The account had no right to it. A refusal for another cause, such as a full quota, doesn't count.</param>
/// <param name="Line">All that was written.</param>
public sealed record AuditedRequest(string? Right, int Status, bool IsForbidden, string Line);

/// <summary>Reads the audit log of the <see cref="TestCluster"/>.</summary>
public static class AuditLog
{
    /// <summary>All requests of an account of the namespace <c>stackagent</c> up to now.</summary>
    public static async Task<IReadOnlyList<AuditedRequest>> ReadAsync(string account)
    {
        // Requests are written down in their order, so when this one is there, so are those before it.
        var marker = $"marker-{Guid.NewGuid():N}";
        await TestCluster.KubectlAsync("get", "configmap", marker, "--ignore-not-found");
        return await Eventually.GetAsync(() => ReadUpToAsync(marker, account), requests => requests.Count > 0, "the audit log to be written");
    }

    private static async Task<IReadOnlyList<AuditedRequest>> ReadUpToAsync(string marker, string account)
    {
        var user = $"\"system:serviceaccount:stackagent:{account}\"";
        var requests = new List<AuditedRequest>();
        var isComplete = false;
        // The server begins a new file when one is full, and gives the old one a name with its time.
        var folder = Path.GetDirectoryName(TestCluster.AuditLog)!;
        foreach (var file in Directory.GetFiles(folder, "audit*.log").OrderBy(File.GetLastWriteTimeUtc))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (await reader.ReadLineAsync() is { } line)
            {
                isComplete |= line.Contains(marker, StringComparison.Ordinal);
                if (line.Contains(user, StringComparison.Ordinal))
                    requests.Add(Parse(line));
            }
        }

        return isComplete ? requests : [];
    }

    private static AuditedRequest Parse(string line)
    {
        var entry = JsonNode.Parse(line) ?? throw new JsonException(line);
        var isForbidden = $"{entry["annotations"]?["authorization.k8s.io/decision"]}" != "allow";
        var status = entry["responseStatus"]?["code"]?.GetValue<int>() ?? 0;
        if (entry["objectRef"] is not { } what)
            return new AuditedRequest(Right: null, status, isForbidden, line);

        var part = what["subresource"] is { } subresource ? $"/{subresource}" : "";
        return new AuditedRequest($"{entry["verb"]} {what["apiGroup"]}/{what["resource"]}{part}", status, isForbidden, line);
    }
}
