using StackAgent.Infrastructure.Checkups;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Doctor;

/// <summary>
/// The addresses by which people, agents and pods come to the server. That nobody answers may only mean that no server runs yet; that somebody else does is a fault.
/// </summary>
internal sealed class AddressCheckup(Settings settings, InstallationProof proof) : ICheckup
{
    private const string PublicUrl = "PUBLIC_URL";
    private const string DeliveryUrl = "CODE_DELIVERY_URL";
    private const string IngressHost = "INGRESS_HOST";

    public string Area => "addresses";

    public async Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        using var probe = new InstallationProbe(proof);
        if (settings.Server.PublicUrl is { } given)
        {
            ExamineForm(findings, given);
            Report(findings, PublicUrl, given, await probe.AskAsync(given, cancellationToken));
        }
        else if (settings.Server.Port != 0)
        {
            await ExamineOwnAsync(findings, probe, cancellationToken);
        }

        // A Service's address is for pods: only one of them can tell.
        if (settings.Runtime.Kubernetes is { Connection.Files.Count: 0, Options.Fetch.Server: var delivery } && delivery != settings.Server.PublicUrl)
            Report(findings, DeliveryUrl, delivery, await probe.AskAsync(delivery, cancellationToken));
        if (settings.Runtime.AgentsUrl is { } agents && new Uri(agents) is var ingress && ingress.Host != settings.Server.PublicUrl?.Host)
            ReportIngress(findings, ingress, await probe.AskAsync(ingress, cancellationToken));
    }

    private void ExamineForm(Findings findings, Uri url)
    {
        if (settings.Runtime.Kind == RuntimeKind.Kubernetes && url.IsLoopback)
            findings.Fault(PublicUrl, $"{url} means the pod itself to an agent in a pod", "Set it to an address at which pods reach this server.");
        else if (settings.IsProduction && url is { Scheme: "http", IsLoopback: false })
            findings.Warn(PublicUrl, $"{url} is not encrypted: passwords and keys travel in the clear", "Put something that ends TLS in front, and name it with https://.");
    }

    /// <summary>Where the server listens, or will.</summary>
    private async Task ExamineOwnAsync(Findings findings, InstallationProbe probe, CancellationToken cancellationToken)
    {
        const string Address = "address";
        var host = settings.Server.Host is "*" ? "127.0.0.1" : settings.Server.Host.Contains(':', StringComparison.Ordinal) ? $"[{settings.Server.Host}]" : settings.Server.Host;
        var own = new Uri($"http://{host}:{settings.Server.Port}");
        var answer = await probe.AskAsync(own, cancellationToken);
        if (answer.By == Answerer.Ours)
            findings.Ok(Address, $"{own} answers as this installation; {PublicUrl} isn't set");
        else if (answer.By == Answerer.Nobody)
            findings.Ok(Address, $"{own}: no server runs there now; {PublicUrl} isn't set");
        else
            findings.Fault(Address, $"something else answers at {own} ({answer.Detail})", "Set PORT to a free one, or end the other program.");
    }

    private static void Report(Findings findings, string variable, Uri url, ProbeAnswer answer)
    {
        switch (answer.By)
        {
            case Answerer.Ours:
                findings.Ok(variable, $"{url} answers as this installation");
                break;
            case Answerer.AnotherStackAgent:
                findings.Fault(
                    variable, $"at {url} a StackAgent answers, but with another SECRET_KEY, or of an older version",
                    "Give all servers the same SECRET_KEY and version, or correct the address.");
                break;
            case Answerer.SomethingElse:
                findings.Fault(variable, $"at {url} something else answers ({answer.Detail})", "Correct the address, or the rule of the ingress or proxy that leads there.");
                break;
            case Answerer.Redirect:
                findings.Warn(variable, $"{url} sends elsewhere ({answer.Detail})", "Set the address that it sends to: agents don't follow.");
                break;
            case Answerer.NoName:
                findings.Fault(variable, $"the name in {url} can't be resolved from here: {answer.Detail}", "Make the DNS record, or correct the address.");
                break;
            case Answerer.Untrusted:
                findings.Fault(variable, $"no trusted connection to {url}: {answer.Detail}", "Renew its certificate, for this very name, from an authority that agents trust.");
                break;
            case Answerer.Gateway:
                findings.Warn(variable, $"{url} is answered by what is in front of the server ({answer.Detail})", "Fine while no server is ready. Else compare its rule with the server's address and port.");
                break;
            default:
                findings.Warn(variable, $"nobody answers at {url}: {answer.Detail}", "Fine before the first start. Else check the network between, and whether it can be reached from here at all.");
                break;
        }
    }

    /// <summary>Behind it are agents: any answer means that the controller is there.</summary>
    private static void ReportIngress(Findings findings, Uri url, ProbeAnswer answer)
    {
        switch (answer.By)
        {
            case Answerer.NoName:
                findings.Fault(IngressHost, $"the name in {url} can't be resolved from here: {answer.Detail}", "Make a DNS record that leads to the ingress controller.");
                break;
            case Answerer.Untrusted:
                findings.Warn(IngressHost, $"no trusted connection to {url}: {answer.Detail}", "Give the ingress controller a certificate for this name, or set INGRESS_TLS_SECRET.");
                break;
            case Answerer.Nobody:
                findings.Warn(IngressHost, $"nobody answers at {url}: {answer.Detail}", "Check the ingress controller, and whether it can be reached from here at all.");
                break;
            default:
                findings.Ok(IngressHost, $"{url} answers");
                break;
        }
    }
}
