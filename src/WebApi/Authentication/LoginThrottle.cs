using System.Net;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using StackAgent.Application.Accounts;
using StackAgent.Domain.Accounts;
using StackAgent.WebApi.Controllers.Accounts;
using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Limits attempts to log in by e-mail address, whether there is such an account or not, and by client address; and registrations by
/// client address. Each server counts for itself; what holds for all of them is the account's lockout in the database.
/// </summary>
internal sealed class LoginThrottle(AccountOptions options, TimeProvider time)
{
    private readonly AttemptCounter _byEmail = new(time, options.Limits.AttemptsPerEmail, options.Limits.EmailWindow);
    private readonly AttemptCounter _byAddress = new(time, options.Limits.AttemptsPerAddress, options.Limits.AddressWindow);
    private readonly AttemptCounter _registrations = new(time, options.Limits.RegistrationsPerAddress, options.Limits.AddressWindow);

    /// <summary>Null when the attempt may go on, else how long to wait.</summary>
    public TimeSpan? RefuseLogin(string? email, IPAddress? client)
    {
        if (!_byAddress.TryCount(ClientNetwork.Of(client), out var wait) || !_byEmail.TryCount(Partition(email), out wait))
            return wait;

        return null;
    }

    /// <summary>Whoever knows the password isn't guessing.</summary>
    public void LoggedIn(string? email) => _byEmail.Reset(Partition(email));

    /// <summary>Null when the registration may go on, else how long to wait.</summary>
    public TimeSpan? RefuseRegistration(IPAddress? client) => _registrations.TryCount(ClientNetwork.Of(client), out var wait) ? null : wait;

    private static string Partition(string? email) => EmailAddress.Normalize(email) ?? email ?? "";
}

/// <summary>Answers 429 with <c>Retry-After</c> before a login, a change of the password or a registration costs a password hash.</summary>
internal sealed class LoginThrottleFilter(LoginThrottle throttle) : IAsyncActionFilter
{
    public async Task OnActionExecutionAsync(ActionExecutingContext context, ActionExecutionDelegate next)
    {
        var client = context.HttpContext.Connection.RemoteIpAddress;
        var account = Guessed(context);
        var wait = account is null ? throttle.RefuseRegistration(client) : throttle.RefuseLogin(account, client);
        if (wait is { } time)
        {
            ThrottleMetrics.Refused(account is null ? "registrations" : "logins");
            context.Result = new TooManyAnswer("attempts", time);
            return;
        }

        var done = await next();
        if (account is not null && done.Result is OkObjectResult)
            throttle.LoggedIn(account);
    }

    /// <summary>The account whose password the call may guess; null when it guesses none.</summary>
    private static string? Guessed(ActionExecutingContext context)
    {
        foreach (var argument in context.ActionArguments.Values)
        {
            if (argument is LogIn login)
                return login.Email ?? "";
            if (argument is PasswordChange)
                return CallerIdentity.Of(context.HttpContext)?.UserId.ToString() ?? "";
        }

        return null;
    }
}
