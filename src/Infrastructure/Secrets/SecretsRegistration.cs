using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;

namespace StackAgent.Infrastructure.Secrets;

public static class SecretsRegistration
{
    /// <summary>
    /// The protection of stored secrets. Needs <see cref="Application.Accounts.AccountOptions"/>, a <see cref="TimeProvider"/> and the
    /// persistence; register it after that, and before every service that uses secrets as soon as it starts.
    /// </summary>
    public static IServiceCollection AddSecretProtection(this IServiceCollection services)
    {
        services.AddSingleton<SecretKeyCipher>();
        services.AddSingleton<SecretKeyXmlEncryptor>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<KeyRotation>();

        // Keys are for one application name, by default the folder that a server was installed into.
        services.AddDataProtection().SetApplicationName("StackAgent").DisableAutomaticKeyGeneration();
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing, SecretKeyXmlEncryptor>((options, ring, encryptor) =>
        {
            options.XmlRepository = ring;
            options.XmlEncryptor = encryptor;
        });
        services.AddSingleton<ISecretProtector, SecretProtector>();
        services.AddHostedService<KeyRingStartup>();
        services.AddSingleton<IReadinessCheck, SecretsReadiness>();
        return services;
    }
}
