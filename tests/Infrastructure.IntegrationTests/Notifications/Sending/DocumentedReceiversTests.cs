using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using StackAgent.Domain.Notifications;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>What <c>docs/notifications.md</c> tells receivers to do, done with what the sender sends.</summary>
public sealed partial class DocumentedReceiversTests
{
    private const string PythonMain = """

        import json, sys
        for line in sys.stdin:
            case = json.loads(line)
            print(is_genuine(case["secret"], case["headers"], base64.b64decode(case["body"])))
        """;

    private const string NodeMain = """

        import { createInterface } from 'node:readline';
        for await (const line of createInterface({ input: process.stdin })) {
          const { secret, headers, body } = JSON.parse(line);
          console.log(isGenuine(secret, headers, Buffer.from(body, 'base64')));
        }
        """;

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "notifications.md"));

    [Test]
    public async Task Page_WhenItsPythonRuns_TellsWhatIsGenuine()
    {
        var (cases, expected) = await CasesAsync();

        Assert.That(await RunAsync("python3", ["-c", Block("python") + PythonMain], cases), Is.EqualTo(expected));
    }

    [Test]
    public async Task Page_WhenItsTypeScriptRuns_TellsWhatIsGenuine()
    {
        var (cases, expected) = await CasesAsync();
        var javaScript = TypeAnnotation().Replace(TypeImport().Replace(Block("ts"), ""), "");

        Assert.That(await RunAsync("node", ["--input-type=module", "-e", javaScript + NodeMain], cases), Is.EqualTo(expected));
    }

    [Test]
    public async Task Page_WhenItsCSharpRuns_TellsWhatIsGenuine()
    {
        var (cases, expected) = await CasesAsync();

        var answers = cases.Select(one =>
        {
            var headers = new HeaderDictionary();
            foreach (var (name, value) in one.Headers)
                headers[name] = value;
            return StackAgentWebhook.IsGenuine(one.Secret, headers, one.Body);
        });

        Assert.That(answers, Is.EqualTo(expected));
    }

    [Test]
    public void Page_WhenItsCSharpIsRead_IsWhatTheTestsCompile() =>
        Assert.That(
            File.ReadAllText(Path.Combine(Repository.Root, "tests/Infrastructure.IntegrationTests/Notifications/Sending/StackAgentWebhook.cs")),
            Does.EndWith("\n\n" + Block("csharp")));

    /// <summary>A request that the sender made while its secret was being rotated, and what might be made of it.</summary>
    private static async Task<(List<Case> Cases, List<bool> Expected)> CasesAsync()
    {
        var (newer, older) = (WebhookSecret.Generate(), WebhookSecret.Generate());
        var protector = new FakeProtector();
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();
        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Secrets = [protector.Protect(newer.Value), protector.Protect(older.Value)] });

        var request = receiver.Last;
        var headers = request.Headers.Where(header => header.Key.StartsWith("webhook-", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        var sent = new Case(newer.Value, headers, request.Body);
        var longAgo = DateTimeOffset.UtcNow.AddMinutes(-6);
        (Case Case, bool IsGenuine)[] all =
        [
            (sent, true),
            (sent with { Secret = older.Value }, true),
            (sent with { Secret = WebhookSecret.Generate().Value }, false),
            (sent with { Body = [.. request.Body, (byte)' '] }, false),
            (sent.With("webhook-id", "msg_0"), false),
            (sent.With("webhook-timestamp", "0"), false),
            (sent.With("webhook-timestamp", ""), false),
            (sent.With("webhook-timestamp", "soon"), false),
            (sent.With("webhook-signature", ""), false),
            (sent.With("webhook-signature", "v1,"), false),
            (sent.With("webhook-signature", "v1,é " + headers["webhook-signature"]), true),
            (sent.With("webhook-signature", headers["webhook-signature"].Replace("v1,", "v2,", StringComparison.Ordinal)), false),
            (Signed(longAgo), false),
            (Signed(DateTimeOffset.UtcNow), true),
            (Signed(DateTimeOffset.UtcNow.AddMinutes(6)), false),
        ];
        return ([.. all.Select(one => one.Case)], [.. all.Select(one => one.IsGenuine)]);

        Case Signed(DateTimeOffset at) => sent
            .With("webhook-timestamp", $"{at.ToUnixTimeSeconds()}")
            .With("webhook-signature", newer.Sign(headers["webhook-id"], at, request.Body));
    }

    private static async Task<List<bool>> RunAsync(string program, string[] arguments, List<Case> cases)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        foreach (var one in cases)
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { secret = one.Secret, headers = one.Headers, body = one.Body }));
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await process.WaitForExitAsync(deadline.Token);
        Assert.That(await errors, Is.Empty);
        return [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(bool.Parse)];
    }

    private static string Block(string language)
    {
        var start = $"```{language}\n";
        return Page.Split(start)[1].Split("```")[0];
    }

    [GeneratedRegex("^import type .*\n", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TypeImport();

    [GeneratedRegex(@"(?<=[a-z)]): (?:string|boolean|Buffer|IncomingHttpHeaders)(?=[,) ])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TypeAnnotation();

    private sealed record Case(string Secret, Dictionary<string, string> Headers, byte[] Body)
    {
        public Case With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers, StringComparer.Ordinal) { [header] = value } };
    }
}
