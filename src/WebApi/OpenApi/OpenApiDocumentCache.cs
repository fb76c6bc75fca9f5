using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace StackAgent.WebApi.OpenApi;

/// <summary>The document as bytes. Made on the first demand, not at the start, and once: it can't change while the server runs.</summary>
internal sealed class OpenApiDocumentCache(IServiceScopeFactory scopes)
{
    private readonly Lazy<Task<byte[]>> _document = new(() => MakeAsync(scopes, OpenApiSpecVersion.OpenApi3_1));

    public async Task<FileContentHttpResult> GetAsync() => TypedResults.Bytes(await _document.Value, "application/json; charset=utf-8");

    /// <summary>Describes the API in a version of the specification. Before 3.1 there is no word for webhooks: they are left out.</summary>
    public static async Task<byte[]> MakeAsync(IServiceScopeFactory scopes, OpenApiSpecVersion version)
    {
        await using var scope = scopes.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredService<IAsyncSwaggerProvider>().GetSwaggerAsync(OpenApiRegistration.DocumentName);
        if (version < OpenApiSpecVersion.OpenApi3_1)
            document.Webhooks?.Clear();
        using var bytes = new MemoryStream();
        await document.SerializeAsJsonAsync(bytes, version);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
