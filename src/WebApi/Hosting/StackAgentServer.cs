using Microsoft.AspNetCore.Cors.Infrastructure;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.CodeDelivery;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Doctor;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Forwarding;
using StackAgent.WebApi.Idempotency;
using StackAgent.WebApi.Limits;
using StackAgent.WebApi.Mcp;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.StatusReports;
using StackAgent.WebApi.Streaming;
using StackAgent.WebApi.Telemetry;
using StackAgent.WebApi.WebInterface;

namespace StackAgent.WebApi.Hosting;

/// <summary>Puts the server together. Everything it is made of is visible here, and what decides is in <see cref="Settings"/>.</summary>
public static class StackAgentServer
{
    /// <summary>A server that is ready to be started.</summary>
    /// <param name="settings">What the environment decided.</param>
    /// <param name="configure">For tests: replaces services after all others are registered.</param>
    public static WebApplication Build(Settings settings, Action<IServiceCollection>? configure = null)
    {
        // Empty, because the environment has been read already: no second opinion from ASPNETCORE_URLS or an appsettings.json.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(StackAgentServer).Assembly.GetName().Name,
            EnvironmentName = settings.IsProduction ? Environments.Production : Environments.Development,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.AddConsoleLogging(settings.IsProduction);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => KestrelSetup.Configure(kestrel, settings.Server, settings.Limits));
        builder.Host.UseDefaultServiceProvider(options =>
        {
            options.ValidateScopes = true;
            options.ValidateOnBuild = !settings.IsProduction;
        });
        AddServices(builder.Services, settings);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        UsePipeline(app);
        app.Lifetime.ApplicationStarted.Register(() => Announce(app, settings));
        return app;
    }

    private static void AddServices(IServiceCollection services, Settings settings)
    {
        services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Server.ShutdownDelay + DrainDeadline.ShutdownTimeout);
        services.AddSingleton(TimeProvider.System);
        services.AddTelemetry(settings.Telemetry);
        services.AddHostedService<ShutdownDelay>();
        services.AddSingleton(settings);
        services.AddSingleton(settings.Server);
        services.AddSingleton(settings.Cors);
        services.AddSingleton(settings.Uploads);
        services.AddSingleton<DrainDeadline>();
        services.AddSingleton<IPublicAddress, PublicAddress>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<IReadinessCheck, ShutdownReadiness>();
        services.AddModules(settings);
        services.AddErrorHandling();
        services.AddCors();
        services.AddSingleton<ICorsPolicyProvider, ConfiguredCors>();
        services.AddStackAgentAuthentication(secureCookies: settings.IsProduction);
        services.AddAnonymousReports(settings.WebhookAnonymousOwner);
        services.AddApiControllers();
        services.AddWebInterface();
        services.AddOpenApiDocument();
        services.AddForwarding(new ForwardingOptions());
        services.AddStreams();
        services.AddLimits(settings.Limits, settings.TrustedProxies);
        if (settings.Runtime.Kubernetes?.Options.Fetch is not null)
            services.AddCodeDelivery(new CodeDeliveryLimits());
        services.AddMcp();
        services.AddInstallationProof();
        services.RemoveKeyFiles();
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseErrorHandling();
        app.UseSecurityHeaders();
        app.UseInstallationProof();
        app.UseRouting();
        app.UseCors();
        app.UseAuthentication();
        app.UseRateLimits();
        app.UseAuthorization();
        app.UseIdempotency();
        app.UseOpenApiDocument();
        app.MapForwarding();
        app.MapCodeDelivery();
        app.MapControllers().Finally(ReportEndpoint.AnswerDirectly);
        app.MapMcp();
        app.MapWebInterface();
    }

    private static void Announce(WebApplication app, Settings settings)
    {
        var address = app.Services.GetRequiredService<IPublicAddress>().BaseUrl;
        var runtime = app.Services.GetService<IAgentRuntime>()?.Description ?? "none";
        if (!settings.IsProduction)
        {
            Console.Out.Write(StartupBlock.Compose(settings, address, runtime));
            return;
        }

        app.Logger.LogInformation(
            "StackAgent {Version} answers at {Address}. Database: {Database}. Runtime: {Runtime}. Data: {Data}. Agents: {Agents}",
            StartupBlock.Version, address, settings.Database.Description, runtime, settings.Storage.DataFolder, settings.Storage.AgentPlatformPath);
        foreach (var warning in settings.Warnings)
            app.Logger.LogWarning("{Warning}", warning);
    }
}
