using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>The checkups of what is behind the server: its database, its disk, and what runs agents.</summary>
public static class InfrastructureCheckups
{
    /// <summary>The database, and whether the stored secrets open with the accounts' <c>SECRET_KEY</c>.</summary>
    public static ICheckup Database(DatabaseOptions options, AccountOptions accounts, TimeProvider time) => options.Provider == DatabaseProvider.Sqlite
        ? new SqliteCheckup(options, accounts)
        : new PostgreSqlCheckup(options, accounts, time);

    public static ICheckup CodeStorage(CodeStorageOptions options) => new CodeStorageCheckup(options);

    /// <summary>A cluster that runs agents.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="options">What is put into it.</param>
    /// <param name="leadership">Where servers choose their leader; null: not in the cluster.</param>
    /// <param name="time">The clock.</param>
    public static ICheckup Cluster(ClusterConnection connection, KubernetesOptions options, LeadershipOptions? leadership, TimeProvider time) =>
        new ClusterCheckup(connection, options, leadership?.LeaseNamespace, time);

    /// <summary>This machine as the one that runs agents.</summary>
    /// <param name="path">Where programs are looked for: the variable <c>PATH</c>.</param>
    public static ICheckup LocalRuntime(string? path) => new LocalRuntimeCheckup(path);
}
