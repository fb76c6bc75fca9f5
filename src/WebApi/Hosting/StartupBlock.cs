using System.Reflection;
using System.Text;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>What a person who has just started the server wants to know.</summary>
internal static class StartupBlock
{
    public static string Version { get; } =
        typeof(StartupBlock).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static string Compose(Settings settings, string address, string runtime)
    {
        var block = new StringBuilder()
            .AppendLine()
            .AppendLine($"  StackAgent {Version}")
            .AppendLine()
            .AppendLine($"  Address    {address}")
            .AppendLine($"  Docs       {address}/docs")
            .AppendLine($"  Database   {settings.Database.Description}")
            .AppendLine($"  Runtime    {runtime}")
            .AppendLine($"  Data       {settings.Storage.DataFolder}")
            .AppendLine($"  Agents     {settings.Storage.AgentPlatformPath}");
        foreach (var warning in settings.Warnings)
            block.AppendLine($"  Warning    {warning}");

        return block.AppendLine().ToString();
    }
}
