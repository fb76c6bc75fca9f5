using System.Buffers.Text;
using System.Security.Cryptography;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.WebApi.Configuration;

internal sealed class Machine : IMachine
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int SecretMaxBytes = 4096;

    private readonly DiskFiles _files = new();

    public bool FolderExists(string path) => Directory.Exists(path);

    public bool CanWriteTo(string folder)
    {
        var existing = folder;
        while (!Directory.Exists(existing))
        {
            if (File.Exists(existing) || Path.GetDirectoryName(existing) is not { } parent)
                return false;
            existing = parent;
        }

        try
        {
            var probe = Path.Combine(existing, $".stackagent-{Guid.NewGuid():N}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
                return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public string? ReadText(string path) => _files.ReadText(path);

    public string MakeTemporaryFolder() => Directory.CreateTempSubdirectory("stackagent-").FullName;

    public string MakeSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public string KeepSecret(string path)
    {
        try
        {
            if (!File.Exists(path))
                PutSecret(path);

            return ReadSecret(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"SECRET_KEY isn't set and a made one can't be kept in {path}: {exception.Message}");
        }
    }

    private void PutSecret(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;

        try
        {
            using (var file = new FileStream(draft, options))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(MakeSecret()));
                file.Flush(flushToDisk: true);
            }

            // Of several servers the first wins, and the others read what it put there.
            NewFile.TryPublish(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static string ReadSecret(string path)
    {
        var secret = new FileInfo(path).Length <= SecretMaxBytes ? File.ReadAllText(path).Trim() : "";
        return secret.Length >= SettingsParser.SecretMinLength
            ? secret
            : throw new SettingsException($"SECRET_KEY isn't set and {path} doesn't hold a secret of at least {SettingsParser.SecretMinLength} characters; delete the file to have a new one made.");
    }
}
