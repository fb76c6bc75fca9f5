using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Agents;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Behaviours;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Deployment;

namespace StackAgent.Application;

public static class DependencyInjection
{
    /// <summary>Registers the mediator, every handler and validator of this assembly, and the pipeline. MediatR 5.1 has no registration of its own (ADR 1).</summary>
    /// <param name="services">Where.</param>
    /// <param name="quotas">Null: the defaults.</param>
    public static IServiceCollection AddApplication(this IServiceCollection services, QuotaOptions? quotas = null)
    {
        ValidatorOptions.Global.PropertyNameResolver = (_, member, _) => member is null ? null : ValidatorExtensions.WireName(member.Name);

        services.AddTransient<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddTransient<IMediator, Mediator>();
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(LoggingBehaviour<,>));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehaviour<,>));
        services.AddSingleton<IDomainEventDispatcher, DomainEventDispatcher>();

        var handlers =
            from type in typeof(DependencyInjection).Assembly.GetTypes()
            where type is { IsAbstract: false, IsGenericTypeDefinition: false }
            from contract in type.GetInterfaces()
            where contract.IsGenericType
                && (contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)
                    || contract.GetGenericTypeDefinition() == typeof(INotificationHandler<>))
            select (contract, type);
        foreach (var (contract, type) in handlers)
            services.AddTransient(contract, type);

        foreach (var validator in AssemblyScanner.FindValidatorsInAssembly(typeof(DependencyInjection).Assembly, includeInternalTypes: true))
            services.AddSingleton(validator.InterfaceType, validator.ValidatorType); // Rules without state, which cost more to put together than to check.

        services.AddScoped<IAuditTrail, AuditTrail>();
        services.AddSingleton(quotas ?? new QuotaOptions());
        services.AddScoped<QuotaCheck>();
        services.AddSingleton<AgentAddresses>();
        services.AddScoped<AgentProjection>();
        services.AddSingleton<AgentFormValidator>();
        services.AddSingleton<IncomingCode>();
        services.AddSingleton<CodeReception>();
        services.AddScoped<RevisionProjection>();
        services.AddScoped<RevisionComparison>();
        services.AddScoped<CodePublication>();
        services.AddScoped<RolloutWaiter>();
        services.AddSingleton<Reconfiguration>();
        services.AddSingleton<CodePreviews>();
        services.AddScoped<AgentSpecs>();
        services.AddScoped<RevisionUpkeep>();
        return services;
    }
}
