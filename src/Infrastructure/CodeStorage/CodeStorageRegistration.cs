using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.CodeStorage;

public static class CodeStorageRegistration
{
    /// <summary>To be registered after the database and before what acts on agents: it has something to do when the server starts.</summary>
    public static IServiceCollection AddCodeStorage(this IServiceCollection services, CodeStorageOptions options) => services
        .AddSingleton(options)
        .AddSingleton<DiskCodeStorage>()
        .AddSingleton<ICodeStorage>(provider => provider.GetRequiredService<DiskCodeStorage>())
        .AddSingleton<ICodeAdoption>(provider => provider.GetRequiredService<DiskCodeStorage>())
        .AddHostedService<CodeAdoptionStartup>();
}
