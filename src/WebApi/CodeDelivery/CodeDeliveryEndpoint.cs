using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.CodeDelivery;

/// <summary>Where agents' pods fetch their code. Whoever asks shows a token of the cluster's; accounts, keys and CORS have no say here.</summary>
/// <param name="limits">What is given to how many at once.</param>
internal sealed class CodeDeliveryEndpoint(CodeDeliveryLimits limits) : IDisposable
{
    private const string Scheme = "Bearer ";
    private const int CopyBufferSize = 128 * 1024;

    private readonly SemaphoreSlim _turns = new(limits.AtOnce, limits.AtOnce);

    public async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization is not [{ } credentials] || !credentials.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(context);
            return;
        }

        // A turn counts from the look at the token on: that may cost a question to the cluster.
        if (!await _turns.WaitAsync(TimeSpan.Zero))
            throw new UnavailableException("Too many pods fetch their code from this server at the moment; try again in a moment.");

        try
        {
            await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
            var token = credentials[Scheme.Length..].Trim();
            await using var zip = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new FetchCode(token), context.RequestAborted);
            if (zip is null)
                await RefuseAsync(context);
            else
                await SendAsync(context, zip);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private static Task RefuseAsync(HttpContext context) => context.WriteProblemAsync(
        StatusCodes.Status401Unauthorized, "This takes the token that the cluster made for an agent's pod; it is wrong, has expired or isn't for StackAgent.");

    private async Task SendAsync(HttpContext context, Stream zip)
    {
        // Whoever takes it in drops keeps others from it.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = new MinDataRate(limits.BytesPerSecond, limits.Grace);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var response = context.Response;
        response.ContentType = "application/zip";
        response.ContentLength = zip.Length;
        response.Headers.CacheControl = "no-store";
        await zip.CopyToAsync(response.Body, CopyBufferSize, context.RequestAborted);
    }
}

/// <summary>What fetching code may cost a server.</summary>
internal sealed record CodeDeliveryLimits
{
    /// <summary>More are told to come again.</summary>
    public int AtOnce { get; init; } = 16;

    /// <summary>Who takes less than this on average is cut off.</summary>
    public double BytesPerSecond { get; init; } = 64 * 1024;

    /// <summary>How long that is let pass.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}

internal static class CodeDeliveryRegistration
{
    /// <summary>Needs an <see cref="Application.Common.Runtimes.ICodeRecipients"/>.</summary>
    public static IServiceCollection AddCodeDelivery(this IServiceCollection services, CodeDeliveryLimits limits) =>
        services.AddSingleton(limits).AddSingleton<CodeDeliveryEndpoint>();

    /// <summary>Only where pods fetch their code: elsewhere there is nothing at the address.</summary>
    public static void MapCodeDelivery(this WebApplication app)
    {
        if (app.Services.GetService<CodeDeliveryEndpoint>() is not { } endpoint)
            return;

        app.MapGet(CodeFetchRequest.UrlPath, endpoint.AnswerAsync).ShortCircuit().ExcludeFromDescription();
    }
}
