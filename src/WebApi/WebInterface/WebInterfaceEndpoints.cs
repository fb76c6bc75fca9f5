using Microsoft.Net.Http.Headers;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.WebInterface;

/// <summary>Serves the web interface under <c>/app</c>, where neither the API's nor agents' addresses are. See docs/decisions/0080-web-interface.md.</summary>
internal static class WebInterfaceEndpoints
{
    private const string Prefix = "/app";

    // Everything comes from this server, and nothing in a page is run or styled but its files: what agents say can't become either.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private const string NotBuilt = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>StackAgent</title>
        <h1>StackAgent is running, without its web interface</h1>
        <p>The interface is built together with the server where Node 20.19, 22.12 or later is installed. Install it, then start the server again with
        <code>dotnet run --project src/WebApi</code>, or publish it with <code>dotnet publish src/WebApi</code>.</p>
        <p>The API works all the same: <a href="/docs">its documentation</a> and <a href="/openapi.json">its OpenAPI document</a>.</p>
        </html>

        """;

    public static IServiceCollection AddWebInterface(this IServiceCollection services) =>
        services.AddSingleton(_ => InterfaceFiles.Read(Path.Combine(AppContext.BaseDirectory, "wwwroot")));

    public static void MapWebInterface(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<InterfaceFiles>();
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/", reading, context => AnswerRootAsync(context, files)).AllowAnonymous().ExcludeFromDescription();
        app.MapMethods(Prefix + "/{**path}", reading, context => AnswerAsync(context, files)).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>People are led to the interface; programs get what they always got.</summary>
    private static Task AnswerRootAsync(HttpContext context, InterfaceFiles files)
    {
        context.Response.Headers.Vary = HeaderNames.Accept;
        if (!WantsPage(context.Request))
            return context.Response.WriteAsJsonAsync(new { name = "StackAgent", version = StartupBlock.Version, docs = "/docs", openapi = "/openapi.json" });
        if (files.Index is null)
            return AnswerNotBuiltAsync(context);

        context.Response.Redirect(Prefix + "/");
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpContext context, InterfaceFiles files)
    {
        var path = context.Request.RouteValues["path"] as string ?? "";
        if (files.TryFind(path, out var file) && file != files.Index)
            return AnswerFileAsync(context, file);
        // The file of an earlier build: a page in its place would only be an unreadable script.
        if (InterfaceFiles.IsHashed(path) || (path.Length > 0 && !WantsPage(context.Request)))
            return context.WriteProblemAsync(StatusCodes.Status404NotFound);

        return files.Index is { } page ? AnswerFileAsync(context, page) : AnswerNotBuiltAsync(context);
    }

    private static Task AnswerFileAsync(HttpContext context, InterfaceFile file)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return file.AnswerAsync(context);
    }

    private static Task AnswerNotBuiltAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(NotBuilt, context.RequestAborted);
    }

    /// <summary>A browser that goes to an address names <c>text/html</c>; a program that takes anything (<c>*/*</c>) doesn't mean a page.</summary>
    private static bool WantsPage(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
}
