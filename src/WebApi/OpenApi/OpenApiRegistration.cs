using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using StackAgent.WebApi.Hosting;
using StackAgent.WebApi.StatusReports;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

internal static class OpenApiRegistration
{
    public const string DocumentName = "openapi";

    private const string DocumentPath = "/openapi.json";
    private const string DocsPath = "/docs";

    // The page brings its own scripts and styles; it loads nothing from elsewhere, so it works without the internet.
    private const string DocsPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Describes the API from its code: controllers, their XML comments, validators.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddSingleton<OpenApiDocumentCache>();
        services.AddSingleton<RequestTypes>();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(DocumentName, new OpenApiInfo
            {
                Title = "StackAgent",
                Version = StartupBlock.Version,
                Description = "Runs AI agents for a team and tells the team how they are doing.",
            });
            options.AddServer(new OpenApiServer { Url = "/", Description = "The server that the document comes from." });
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.CustomSchemaIds(SchemaIds.Of);
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "StackAgent.*.xml"))
                options.IncludeXmlComments(file, includeControllerXmlComments: true);

            options.AddSecurityDefinition(SecurityFilter.Bearer, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An access token from a login, or an API key.",
            });
            options.AddSecurityDefinition(SecurityFilter.ApiKey, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-API-Key",
                Description = "An API key.",
            });
            options.SchemaFilter<RequirednessFilter>();
            options.MapType<JsonNode>(() => new OpenApiSchema()); // Anything.
            options.MapType<ReportBody>(() => new OpenApiSchema()); // ReportBodyFilter says what it is.
            options.OperationFilter<MultipartFilter>();
            options.OperationFilter<RequiredBodyFilter>();
            options.OperationFilter<ReportBodyFilter>();
            options.OperationFilter<AlternativeAnswerFilter>();
            options.OperationFilter<EventStreamFilter>();
            options.OperationFilter<EntityTagFilter>();
            options.OperationFilter<LocationFilter>();
            options.OperationFilter<IdempotencyFilter>();
            options.OperationFilter<LogFilter>();
            options.OperationFilter<SecurityFilter>();
            options.OperationFilter<ErrorAnswersFilter>();
            options.DocumentFilter<WebhooksFilter>();
            options.DocumentFilter<ExamplesFilter>();
            options.DocumentFilter<SharedAnswersFilter>();
        });
        services.AddTransient<ISerializerDataContractResolver>(provider => new OptionalContractResolver(new JsonSerializerDataContractResolver(
            provider.GetRequiredService<IOptions<Microsoft.AspNetCore.Mvc.JsonOptions>>().Value.JsonSerializerOptions)));
        return services;
    }

    /// <summary>The document at <c>/openapi.json</c> and a page to read and try it at <c>/docs</c>; both for everybody.</summary>
    public static void UseOpenApiDocument(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments(DocsPath, StringComparison.OrdinalIgnoreCase), docs =>
        {
            docs.Use((context, next) =>
            {
                context.Response.Headers.ContentSecurityPolicy = DocsPolicy;
                return next(context);
            });
            docs.UseSwaggerUI(options =>
            {
                options.RoutePrefix = DocsPath.TrimStart('/');
                options.DocumentTitle = "StackAgent API";
                options.SwaggerEndpoint(DocumentPath, "StackAgent");
                options.DisplayOperationId();
            });
        });
        app.MapGet(DocumentPath, (OpenApiDocumentCache cache) => cache.GetAsync()).AllowAnonymous().ExcludeFromDescription();
    }
}
