using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.CodeStorage.AgentFile;

namespace StackAgent.Infrastructure.CodeStorage;

public static class CodeStorageRegistration
{
    /// <summary>To be registered after the database and before what acts on agents: it has something to do when the server starts.</summary>
    public static IServiceCollection AddCodeStorage(this IServiceCollection services, CodeStorageOptions options) => services
        .AddSingleton(options)
        .AddSingleton<DiskCodeStorage>()
        .AddSingleton<ICodeStorage>(provider => provider.GetRequiredService<DiskCodeStorage>())
        .AddSingleton<ICodeFolders>(provider => provider.GetRequiredService<DiskCodeStorage>())
        .AddSingleton<ICodeAdoption>(provider => provider.GetRequiredService<DiskCodeStorage>())
        .AddSingleton<ICodeComparison, CodeComparison>()
        .AddSingleton<IReadinessCheck, CodeStorageReadiness>()
        .AddSingleton<IAgentFileReader, AgentFileReader>()
        .AddHostedService<CodeAdoptionStartup>();
}
