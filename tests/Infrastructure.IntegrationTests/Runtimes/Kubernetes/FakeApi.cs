using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>What the fake API server answers.</summary>
internal sealed record FakeAnswer(HttpStatusCode Code, string Body, string ContentType = "application/json");

/// <summary>Where a request leads.</summary>
internal sealed record FakePath(ResourceKind Kind, string? Namespace, string? Name, string? Subresource)
{
    private static readonly ResourceKind[] Kinds =
    [
        Infrastructure.Runtimes.Kubernetes.Api.Namespace.Kind, ResourceQuota.Kind, LimitRange.Kind, NetworkPolicy.Kind, Secret.Kind, Deployment.Kind,
        Service.Kind, Ingress.Kind, Pod.Kind, KubernetesEvent.Kind, Lease.Kind,
    ];

    public FakeObjectId Object => new(Kind, Namespace, Name!);

    public static FakePath Parse(string path)
    {
        var unknown = new FakeStatusException(HttpStatusCode.NotFound, "NotFound", "the server could not find the requested resource");
        var parts = path.Split('/').Select(Uri.UnescapeDataString).ToArray();
        var (version, rest) = parts switch
        {
            ["api", var core, .. var others] => (core, others),
            ["apis", var group, var number, .. var others] => ($"{group}/{number}", others),
            _ => throw unknown,
        };
        var (ns, plural, tail) = rest switch
        {
            ["namespaces"] => (null, "namespaces", []),
            ["namespaces", var name] => (null, "namespaces", [name]),
            ["namespaces", var inside, var kindOf, .. var others] => (inside, kindOf, others),
            [var kindOf, .. var others] => (null, kindOf, others),
            _ => throw unknown,
        };
        var kind = Array.Find(Kinds, kind => kind.ApiVersion == version && kind.Plural == plural) ?? throw unknown;
        return new FakePath(kind, ns, tail.ElementAtOrDefault(0), tail.ElementAtOrDefault(1));
    }
}

/// <summary>Selectors of labels that are equalities or demand a label, and the field selectors that are used.</summary>
internal static class FakeSelector
{
    public static Func<JsonObject, bool> Parse(string? labelSelector)
    {
        var terms = (labelSelector ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(term => term.Split('=', 2)).ToList();
        return item => terms.TrueForAll(term =>
            item["metadata"]?["labels"]?[term[0]] is { } value && (term.Length == 1 || (string?)value == term[1]));
    }

    public static Func<JsonObject, bool> ParseField(string? fieldSelector)
    {
        return fieldSelector?.Split('=', 2) switch
        {
            ["involvedObject.uid", var uid] => item => (string?)item["involvedObject"]?["uid"] == uid,
            ["metadata.name!", var name] => item => (string?)item["metadata"]?["name"] != name,
            _ => _ => true,
        };
    }
}

/// <summary>The requests of the fake API server other than watches.</summary>
internal sealed class FakeApi(FakeObjectStore objects)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, (List<string> Items, long Version)> _pages = [];
    private readonly Dictionary<(string Namespace, string Pod, bool Previous), string> _logs = [];

    public void ForgetPages()
    {
        lock (_sync)
            _pages.Clear();
    }

    public void SetLog(string ns, string pod, string text, bool previous)
    {
        lock (_sync)
            _logs[(ns, pod, previous)] = text;
    }

    public FakeAnswer Handle(FakeRequest request, IQueryCollection query, string body)
    {
        var path = FakePath.Parse(request.Path);
        return (request.Method, path) switch
        {
            ("GET", { Name: null }) => List(path, query),
            ("GET", { Subresource: "log" }) => ReadLog(path, query),
            ("GET", { Subresource: null }) => Ok(objects.Find(path.Object) ?? throw FakeStatusException.Missing(path.Kind, path.Name!)),
            ("POST", { Name: null }) => new FakeAnswer(HttpStatusCode.Created, objects.Create(path.Kind, path.Namespace, Parse(body), query["fieldManager"].ToString())),
            ("PUT", { Subresource: null }) => Ok(objects.Replace(path.Object, Parse(body), query["fieldManager"].ToString())),
            ("PATCH", { Subresource: null }) => Patch(path, query, body),
            ("DELETE", { Name: null }) => DeleteAll(path, query),
            ("DELETE", { Subresource: null }) => Delete(path, body),
            _ => throw new FakeStatusException(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
    }

    private static JsonObject Parse(string body) => JsonNode.Parse(body)!.AsObject();

    private static FakeAnswer Ok(string json) => new(HttpStatusCode.OK, json);

    private static long Number(IQueryCollection query, string name, long otherwise) =>
        query.TryGetValue(name, out var text) ? long.Parse(text.ToString(), CultureInfo.InvariantCulture) : otherwise;

    private FakeAnswer Patch(FakePath path, IQueryCollection query, string body)
    {
        var manager = query["fieldManager"].ToString();
        var patch = JsonNode.Parse(body)!;
        if (patch is JsonObject desired)
        {
            var (json, created) = objects.Apply(path.Object, desired, manager);
            return new FakeAnswer(created ? HttpStatusCode.Created : HttpStatusCode.OK, json);
        }

        var spec = patch.AsArray().Single()!["value"]!.AsObject();
        return Ok(objects.Edit(
            path.Object,
            target =>
            {
                if (!JsonNode.DeepEquals(target["spec"]?["clusterIP"], spec["clusterIP"]))
                    throw new FakeStatusException(HttpStatusCode.UnprocessableEntity, "Invalid", "spec.clusterIPs[0]: primary clusterIP can not be unset");
                target["spec"] = spec.DeepClone();
            },
            manager));
    }

    private FakeAnswer Delete(FakePath path, string body)
    {
        objects.Delete(path.Object, body.Length > 0 ? (string?)JsonNode.Parse(body)!["preconditions"]?["uid"] : null);
        return Ok(objects.Find(path.Object) ?? """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}""");
    }

    private FakeAnswer DeleteAll(FakePath path, IQueryCollection query)
    {
        var (labels, fields) = (FakeSelector.Parse(query["labelSelector"]), FakeSelector.ParseField(query["fieldSelector"]));
        var (items, _) = objects.List(path.Kind, path.Namespace, item => labels(item) && fields(item));
        foreach (var item in items)
            objects.Delete(new FakeObjectId(path.Kind, path.Namespace, (string)JsonNode.Parse(item)!["metadata"]!["name"]!), uid: null);
        return Ok($$"""{"kind":"{{path.Kind.Name}}List","apiVersion":"{{path.Kind.ApiVersion}}","items":[{{string.Join(',', items)}}]}""");
    }

    private FakeAnswer List(FakePath path, IQueryCollection query)
    {
        var limit = (int)Number(query, "limit", int.MaxValue);
        var (labels, fields) = (FakeSelector.Parse(query["labelSelector"]), FakeSelector.ParseField(query["fieldSelector"]));
        lock (_sync)
        {
            var (items, version) = query["continue"].ToString() is { Length: > 0 } token
                ? _pages.TryGetValue(token, out var page) ? page : throw FakeStatusException.Expired()
                : objects.List(path.Kind, path.Namespace, item => labels(item) && fields(item));
            var next = "";
            if (items.Count > limit)
            {
                next = Guid.NewGuid().ToString();
                _pages[next] = ([.. items.Skip(limit)], version);
            }

            return Ok($$"""
                {"kind":"{{path.Kind.Name}}List","apiVersion":"{{path.Kind.ApiVersion}}","metadata":{"resourceVersion":"{{version}}","continue":"{{next}}"},
                "items":[{{string.Join(',', items.Take(limit))}}]}
                """);
        }
    }

    private FakeAnswer ReadLog(FakePath path, IQueryCollection query)
    {
        if (objects.Find(path.Object) is null)
            throw FakeStatusException.Missing(path.Kind, path.Name!);

        lock (_sync)
        {
            if (!_logs.TryGetValue((path.Namespace!, path.Name!, query["previous"] == "true"), out var text))
                throw new FakeStatusException(HttpStatusCode.BadRequest, "BadRequest", $"container \"agent\" in pod \"{path.Name}\" is waiting to start");

            // The limit counts from the first of the last lines.
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var tail = string.Concat(lines.TakeLast((int)Number(query, "tailLines", int.MaxValue)).Select(line => line + "\n"));
            var limit = (int)Math.Min(tail.Length, Number(query, "limitBytes", int.MaxValue));
            return new FakeAnswer(HttpStatusCode.OK, tail[..limit], "text/plain");
        }
    }
}
