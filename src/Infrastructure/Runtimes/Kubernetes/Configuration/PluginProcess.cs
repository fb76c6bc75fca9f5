using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>Runs a credential plugin once: without anybody to ask, for 30 s at most, and with a limit to what it may print.</summary>
internal sealed class PluginProcess(ClusterConnection connection, PluginCredentials plugin, TimeProvider time)
{
    public static readonly TimeSpan RunTimeout = TimeSpan.FromSeconds(30);

    private const int MaxOutputBytes = 1 << 20;
    private const int MaxErrorCharacters = 300;

    /// <summary>The server's own secrets are none of a plugin's business; the rest of its environment is what plugins work with.</summary>
    private static readonly string[] Secrets = ["SECRET_KEY", "JWT_SECRET", "DATABASE_URL", "DB_PASSWORD"];

    /// <summary>What it printed.</summary>
    /// <exception cref="PluginException">It didn't end well.</exception>
    public async Task<byte[]> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        using var timeout = new CancellationTokenSource(RunTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var output = new MemoryStream();
        var errors = new MemoryStream();
        try
        {
            process.StandardInput.Close();
            var reading = ReadAsync(process.StandardOutput.BaseStream, output, MaxOutputBytes, stop);
            await Task.WhenAll(
                reading,
                ReadAsync(process.StandardError.BaseStream, errors, MaxErrorCharacters * 4, stop: null, stop.Token),
                process.WaitForExitAsync(stop.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PluginException(timeout.IsCancellationRequested
                ? $"didn't end within {RunTimeout.TotalSeconds} s."
                : $"printed more than {MaxOutputBytes} bytes.");
        }
        finally
        {
            Kill(process);
        }

        return process.ExitCode == 0
            ? output.ToArray()
            : throw new PluginException($"ended with exit code {process.ExitCode}{Said(errors)}.");
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(plugin.Command, plugin.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var secret in Secrets)
            start.Environment.Remove(secret);
        foreach (var (name, value) in plugin.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = ExecCredential.Ask(connection, plugin);

        try
        {
            return Process.Start(start) ?? throw new PluginException("can't be started.");
        }
        catch (Exception exception) when (exception is Win32Exception or ArgumentException)
        {
            var hint = plugin.InstallHint is { Length: > 0 } text ? $": {OneLine(text)}" : "";
            throw new PluginException($"can't be started; is it installed?{hint}", exception);
        }
    }

    /// <summary>Reads to the end. What is past the limit is thrown away, or ends all of it where there is something to <paramref name="stop"/>.</summary>
    private static async Task ReadAsync(
        Stream source, MemoryStream target, int limit, CancellationTokenSource? stop, CancellationToken cancellationToken = default)
    {
        var token = stop?.Token ?? cancellationToken;
        var buffer = new byte[4096];
        int count;
        while ((count = await source.ReadAsync(buffer, token)) > 0)
        {
            var room = limit - (int)target.Length;
            target.Write(buffer, 0, Math.Min(room, count));
            if (count > room && stop is not null)
                await stop.CancelAsync();
        }
    }

    /// <summary>Also what it has started itself, and left behind.</summary>
    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in between.
        }
    }

    private static string Said(MemoryStream errors)
    {
        var text = OneLine(Encoding.UTF8.GetString(errors.GetBuffer(), 0, (int)errors.Length)).TrimEnd('.');
        return text.Length == 0 ? "" : $": {text}";
    }

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MaxErrorCharacters ? line : line[..MaxErrorCharacters] + "…";
    }
}
