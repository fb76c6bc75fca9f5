using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.CodeStorage;

public static class CodeStorageRegistration
{
    public static IServiceCollection AddCodeStorage(this IServiceCollection services, CodeStorageOptions options) => services
        .AddSingleton(options)
        .AddSingleton<ICodeStorage, DiskCodeStorage>();
}
