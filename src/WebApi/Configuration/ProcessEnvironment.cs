using System.Collections;

namespace StackAgent.WebApi.Configuration;

/// <summary>The process's own environment and machine, for <see cref="SettingsParser"/>.</summary>
internal static class ProcessEnvironment
{
    /// <summary>Reads this process's variables, relative to its working directory.</summary>
    /// <exception cref="SettingsException">The server can't start so.</exception>
    public static Settings ReadSettings() => SettingsParser.Parse(Variables(), Environment.CurrentDirectory, new Machine());

    public static IReadOnlyDictionary<string, string?> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value, StringComparer.Ordinal);

    /// <summary>Removes folders that were made for this process alone.</summary>
    public static void Clear(StorageSettings storage)
    {
        if (!storage.IsTemporary || !Directory.Exists(storage.DataFolder))
            return;

        try
        {
            Directory.Delete(storage.DataFolder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The temporary folder {storage.DataFolder} couldn't be removed: {exception.Message}");
        }
    }
}
