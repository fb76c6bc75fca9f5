using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.WebApi.Configuration;

/// <summary>Reads how code gets to nodes.</summary>
internal static class CodeDeliveryParser
{
    public const string Name = "CODE_DELIVERY";
    public const string ImageName = "CODE_FETCH_IMAGE";
    public const string Http = "http";

    private const string UrlName = "CODE_DELIVERY_URL";

    // For the ZIP beside its content, folders and blocks that aren't full.
    private const long Room = 64L << 20;

    /// <summary>Null: nodes share the folder. <see cref="WithVolume"/> completes it.</summary>
    /// <param name="reader">The variables.</param>
    /// <param name="image">What fetches code; null when it isn't set, or is none.</param>
    public static CodeFetchOptions? Parse(EnvironmentReader reader, string? image)
    {
        var url = reader.BaseUrl(UrlName);
        if (reader.Word(Name, "hostpath", Http) != Http)
            return null;

        if (image is null && reader.Text(ImageName) is null)
            reader.Refuse($"{ImageName} must be set to StackAgent's own image when {Name} is {Http}: agents' pods fetch their code with it.");
        if (url is null && reader.Text(UrlName) is null && reader.Text("PUBLIC_URL") is null)
            reader.Refuse($"{UrlName} or PUBLIC_URL must be set when {Name} is {Http}: agents' pods fetch their code there.");

        // A bad PUBLIC_URL is refused where it is read.
        return (image, url ?? PublicUrl(reader)) is ({ } found, { } server) ? new CodeFetchOptions(found, server) : null;
    }

    /// <summary>With room for the largest upload.</summary>
    public static CodeFetchOptions WithVolume(CodeFetchOptions fetch, UploadSettings uploads) =>
        fetch with { VolumeBytes = (long)Math.Min((decimal)uploads.MaxZipBytes + uploads.MaxUnpackedBytes + Room, 1L << 50) };

    private static Uri? PublicUrl(EnvironmentReader reader) =>
        reader.Text("PUBLIC_URL") is { } text && EnvironmentReader.TryHttp(text, out var url) ? new Uri(url.AbsoluteUri.TrimEnd('/')) : null;
}
