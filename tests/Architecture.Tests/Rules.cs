using System.Reflection;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Routing;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Sessions;

namespace StackAgent.Architecture.Tests;

/// <summary>The rules as functions: the tests hand them the product, and a planted violation to show that they would see one.</summary>
internal static class Rules
{
    /// <summary>Names of assemblies that <paramref name="assembly"/> refers to, though none of <paramref name="allowed"/> begins theirs.</summary>
    public static IReadOnlyList<string> ForbiddenReferences(Assembly assembly, params string[] allowed) =>
        [.. assembly.GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => !allowed.Any(prefix => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal)))];

    /// <summary>
    /// Uses of one feature by another, as <c>A → B</c>, where a feature is the first part of the namespace behind <paramref name="root"/>.
    /// </summary>
    public static IReadOnlyList<string> FeatureCrossings(IEnumerable<Type> types, string root, IReadOnlySet<string> allowed) =>
        [.. from type in types
            where !type.IsNested
            let feature = Feature(type, root)
            where feature is not null and not "Common"
            from used in TypeDependencies.Of(type)
            let usedFeature = Feature(used, root)
            where usedFeature is not null && usedFeature != "Common" && usedFeature != feature
            let crossing = $"{feature} → {usedFeature}"
            where !allowed.Contains(crossing)
            select $"{crossing}: {type.Name} uses {used.Name}"];

    /// <summary>Actions that say neither who may call them nor that everybody may.</summary>
    public static IReadOnlyList<string> ActionsWithoutAuthorisation(IEnumerable<Type> types) =>
        [.. from type in types
            where typeof(ControllerBase).IsAssignableFrom(type) && !type.IsAbstract
            from action in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where action.GetCustomAttributes<HttpMethodAttribute>(inherit: true).Any()
            let declared = action.GetCustomAttributes(inherit: true).Concat(type.GetCustomAttributes(inherit: true)).ToList()
            where !declared.Any(attribute => attribute is IAllowAnonymous || attribute is AuthorizeAttribute { Policy: not null })
            select $"{type.Name}.{action.Name}"];

    /// <summary>Public methods of controllers that take requests without a verb of their own.</summary>
    public static IReadOnlyList<string> ActionsWithoutVerb(IEnumerable<Type> types) =>
        [.. from type in types
            where typeof(ControllerBase).IsAssignableFrom(type) && !type.IsAbstract
            from action in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where !action.IsSpecialName && !action.GetCustomAttributes<HttpMethodAttribute>(inherit: true).Any()
                && !action.GetCustomAttributes<NonActionAttribute>(inherit: true).Any()
            select $"{type.Name}.{action.Name}"];

    /// <summary>Handlers that something other than the mediator could call or derive from.</summary>
    public static IReadOnlyList<string> OpenHandlers(IEnumerable<Type> types) =>
        [.. from type in types
            where type is { IsAbstract: false, IsInterface: false } && type.GetInterfaces().Any(IsHandler)
            where type.IsVisible || !type.IsSealed
            select type.Name];

    /// <summary>Requests that could be derived from.</summary>
    public static IReadOnlyList<string> OpenRequests(IEnumerable<Type> types) =>
        [.. from type in types
            where type is { IsAbstract: false, IsInterface: false } && typeof(IBaseRequest).IsAssignableFrom(type) && !type.IsSealed
            select type.Name];

    /// <summary>
    /// Handlers of requests that write and don't tell the audit trail. Writing is calling what ends in a statement that isn't a query:
    /// a save, a transaction, a bulk change, or a port that does it for them.
    /// </summary>
    public static IReadOnlyList<string> WritersWithoutAudit(IEnumerable<Type> types) =>
        [.. from type in types
            where type is { IsAbstract: false, IsInterface: false } && type.GetInterfaces().Any(IsRequestHandler)
            where TypeDependencies.CallsOf(type).Any(IsWrite) && !TypeDependencies.Of(type).Contains(typeof(IAuditTrail))
            select type.Name];

    private static bool IsWrite(MethodBase method) =>
        method.Name is "SaveChangesAsync" or "InTransactionAsync" or "ExecuteUpdateAsync" or "ExecuteDeleteAsync"
        || method.DeclaringType == typeof(ISessionRemoval)
        || method.DeclaringType == typeof(IStatusLog)
        || (method.DeclaringType == typeof(IUserAccounts) && !method.Name.StartsWith("Find", StringComparison.Ordinal));

    private static bool IsRequestHandler(Type contract) =>
        contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>);

    private static bool IsHandler(Type contract) => contract.IsGenericType
        && (contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)
            || contract.GetGenericTypeDefinition() == typeof(INotificationHandler<>));

    private static string? Feature(Type type, string root) =>
        type.Namespace is { } ns && ns.StartsWith(root + ".", StringComparison.Ordinal) ? ns[(root.Length + 1)..].Split('.')[0] : null;
}
