using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.WebApi.Configuration;

/// <summary>The little that reading the environment has to ask of the machine.</summary>
public interface IMachine : IKubeConfigFiles
{
    bool FolderExists(string path);

    /// <summary>Whether files can be made in the folder, or the folder itself can be made where it isn't there yet.</summary>
    bool CanWriteTo(string folder);

    /// <summary>A new, empty folder that only this user can read.</summary>
    string MakeTemporaryFolder();

    /// <summary>A random secret of 43 characters.</summary>
    string MakeSecret();

    /// <summary>The secret kept in the file; made first where there is none. Servers that start together get the same one.</summary>
    /// <exception cref="SettingsException">The file can't be read or written, or what it holds is no secret.</exception>
    string KeepSecret(string path);
}
