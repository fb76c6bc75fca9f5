using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace StackAgent.WebApi.OpenApi;

/// <summary>The document as bytes. Made on the first demand, not at the start, and once: it can't change while the server runs.</summary>
internal sealed class OpenApiDocumentCache(IServiceScopeFactory scopes)
{
    private readonly Lazy<Task<byte[]>> _document = new(() => MakeAsync(scopes));

    public async Task<FileContentHttpResult> GetAsync() => TypedResults.Bytes(await _document.Value, "application/json; charset=utf-8");

    private static async Task<byte[]> MakeAsync(IServiceScopeFactory scopes)
    {
        await using var scope = scopes.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredService<IAsyncSwaggerProvider>().GetSwaggerAsync(OpenApiRegistration.DocumentName);
        using var bytes = new MemoryStream();
        await document.SerializeAsJsonAsync(bytes, OpenApiSpecVersion.OpenApi3_1);
        return bytes.ToArray();
    }
}
