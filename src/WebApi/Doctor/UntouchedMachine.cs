using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Doctor;

/// <summary>The machine as it is: what a start would make there isn't made.</summary>
internal sealed class UntouchedMachine(IMachine machine) : IMachine
{
    /// <summary>Where the server would keep the secret that it makes at its first start; null: it has one.</summary>
    public string? MissingSecret { get; private set; }

    public bool FolderExists(string path) => machine.FolderExists(path);

    public bool CanWriteTo(string folder) => machine.CanWriteTo(folder);

    public string? ReadText(string path) => machine.ReadText(path);

    public string MakeTemporaryFolder() => Path.GetTempPath();

    public string MakeSecret() => machine.MakeSecret();

    public string KeepSecret(string path)
    {
        if (File.Exists(path))
            return machine.KeepSecret(path);

        if (!machine.CanWriteTo(Path.GetDirectoryName(path)!))
            throw new SettingsException($"SECRET_KEY isn't set and a made one can't be kept in {path}: this user can't write there.");

        MissingSecret = path;
        return machine.MakeSecret();
    }
}
