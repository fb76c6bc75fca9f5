using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>Which object of the fake API server.</summary>
internal readonly record struct FakeObjectId(ResourceKind Kind, string? Namespace, string Name);

/// <summary>An answer other than success.</summary>
internal sealed class FakeStatusException(HttpStatusCode code, string reason, string message, string? kind = null, string? cause = null) : Exception(message)
{
    public HttpStatusCode Code { get; } = code;

    public string Json { get; } = new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["details"] = new JsonObject
        {
            ["kind"] = kind,
            ["causes"] = cause is null ? null : new JsonArray(new JsonObject { ["reason"] = cause }),
        },
        ["code"] = (int)code,
    }.ToJsonString();

    public static FakeStatusException Expired() => new(HttpStatusCode.Gone, "Expired", "too old resource version");

    public static FakeStatusException Missing(ResourceKind kind, string name) =>
        new(HttpStatusCode.NotFound, "NotFound", $"{kind.Plural} \"{name}\" not found", kind.Plural);
}

/// <summary>
/// The objects of the fake API server with what etcd and the server's storage do for the real one: versions, a history to watch, field
/// ownership, deletion in two steps. No controllers: what a cluster would do with an object, a test does with <see cref="Edit"/>.
/// </summary>
internal sealed class FakeObjectStore
{
    private readonly Lock _sync = new();
    private readonly Dictionary<FakeObjectId, JsonObject> _objects = [];
    private readonly Dictionary<FakeObjectId, FakeFieldOwners> _owners = [];
    private readonly List<FakeChange> _history = [];
    private readonly List<Action<FakeChange>> _listeners = [];
    private long _version = 1;
    private long _forgotten;
    private bool _holdDeletions;

    /// <summary>While true, what is deleted stays with a deletionTimestamp; set to false it goes.</summary>
    public bool HoldDeletions
    {
        get
        {
            lock (_sync)
                return _holdDeletions;
        }
        set
        {
            lock (_sync)
            {
                _holdDeletions = value;
                if (value)
                    return;
                foreach (var id in _objects.Where(item => item.Value["metadata"]!["deletionTimestamp"] is not null).Select(item => item.Key).ToList())
                    Remove(id);
            }
        }
    }

    public long Version
    {
        get
        {
            lock (_sync)
                return _version;
        }
    }

    /// <summary>From now on nobody can watch on from before now.</summary>
    public void ForgetHistory()
    {
        lock (_sync)
        {
            _history.Clear();
            // What a client has seen last was the present, which is the past with the next change.
            _forgotten = ++_version;
        }
    }

    public string? Find(FakeObjectId id)
    {
        lock (_sync)
            return _objects.GetValueOrDefault(id)?.ToJsonString();
    }

    /// <summary>The objects of a kind in the order of their names, and the version that this is the state of.</summary>
    public (List<string> Items, long Version) List(ResourceKind kind, string? ns, Func<JsonObject, bool> accept)
    {
        lock (_sync)
        {
            var items = _objects
                .Where(item => item.Key.Kind == kind && (ns is null || item.Key.Namespace == ns) && accept(item.Value))
                .OrderBy(item => (item.Key.Namespace, item.Key.Name))
                .Select(item => item.Value.ToJsonString());
            return ([.. items], _version);
        }
    }

    public (string Json, bool Created) Apply(FakeObjectId id, JsonObject desired, string manager)
    {
        lock (_sync)
        {
            var old = _objects.GetValueOrDefault(id);
            var next = (JsonObject?)old?.DeepClone() ?? Create(id);
            var owners = _owners.TryGetValue(id, out var known) ? known : _owners[id] = new FakeFieldOwners();
            owners.Apply(next, desired, manager);
            return (Store(id, old, next, owners), old is null);
        }
    }

    /// <summary>Makes an object with a specification and labels, unless it is there.</summary>
    public string Create(ResourceKind kind, string? ns, JsonObject given, string manager)
    {
        var id = new FakeObjectId(kind, ns, (string)given["metadata"]!["name"]!);
        lock (_sync)
        {
            if (_objects.ContainsKey(id))
                throw new FakeStatusException(HttpStatusCode.Conflict, "AlreadyExists", $"{kind.Plural} \"{id.Name}\" already exists", kind.Plural);

            return Edit(id, target => Fill(target, given), manager, create: true);
        }
    }

    /// <summary>Puts specification and labels in place of those of the version that is given.</summary>
    public string Replace(FakeObjectId id, JsonObject given, string manager)
    {
        lock (_sync)
        {
            var present = (string?)_objects.GetValueOrDefault(id)?["metadata"]!["resourceVersion"] ?? throw FakeStatusException.Missing(id.Kind, id.Name);
            if ((string?)given["metadata"]!["resourceVersion"] is { } meant && meant != present)
            {
                throw new FakeStatusException(
                    HttpStatusCode.Conflict,
                    "Conflict",
                    $"Operation cannot be fulfilled on {id.Kind.Plural} \"{id.Name}\": the object has been modified; please apply your changes to the latest version and try again",
                    id.Kind.Plural);
            }

            return Edit(id, target => Fill(target, given), manager);
        }
    }

    /// <summary>Changes or makes an object as anybody else might. Throws when it isn't there, unless <paramref name="create"/>.</summary>
    public string Edit(FakeObjectId id, Action<JsonObject> edit, string manager, bool create = false)
    {
        lock (_sync)
        {
            var old = _objects.GetValueOrDefault(id);
            if (old is null && !create)
                throw FakeStatusException.Missing(id.Kind, id.Name);

            var next = (JsonObject?)old?.DeepClone() ?? Create(id);
            var before = (JsonObject)next.DeepClone();
            var owners = _owners.TryGetValue(id, out var known) ? known : _owners[id] = new FakeFieldOwners();
            edit(next);
            owners.Update(before, next, manager);
            return Store(id, old, next, owners);
        }
    }

    public void Delete(FakeObjectId id, string? uid)
    {
        lock (_sync)
        {
            if (!_objects.TryGetValue(id, out var old))
                throw FakeStatusException.Missing(id.Kind, id.Name);
            var present = (string?)old["metadata"]!["uid"];
            if (uid is not null && uid != present)
            {
                throw new FakeStatusException(
                    HttpStatusCode.Conflict,
                    "Conflict",
                    $"Operation cannot be fulfilled on {id.Kind.Plural} \"{id.Name}\": the UID in the precondition ({uid}) does not match the UID in record ({present}). "
                    + "The object might have been deleted and then recreated",
                    id.Kind.Plural);
            }

            if (!_holdDeletions)
            {
                Remove(id);
                return;
            }

            if (old["metadata"]!["deletionTimestamp"] is not null)
                return;
            var next = (JsonObject)old.DeepClone();
            next["metadata"]!["deletionTimestamp"] = Now();
            if (id.Kind == Namespace.Kind)
                next["status"] = new JsonObject { ["phase"] = "Terminating" };
            Store(id, old, next, _owners[id]);
        }
    }

    /// <summary>Calls the listener with every change after the version, and from then on with each new one, in order. It must not block.</summary>
    public IDisposable Listen(ResourceKind kind, long version, Action<FakeChange> listener)
    {
        void Filtered(FakeChange change)
        {
            if (change.Id.Kind == kind)
                listener(change);
        }

        lock (_sync)
        {
            if (version < _forgotten)
                throw FakeStatusException.Expired();
            foreach (var change in _history.Where(change => change.Version > version))
                Filtered(change);
            _listeners.Add(Filtered);
        }

        return new Listening(() =>
        {
            lock (_sync)
                _listeners.Remove(Filtered);
        });
    }

    private static void Fill(JsonObject target, JsonObject given)
    {
        target["spec"] = given["spec"]?.DeepClone();
        target["metadata"]!["labels"] = given["metadata"]!["labels"]?.DeepClone();
    }

    private static string Now() => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private JsonObject Create(FakeObjectId id)
    {
        if (id.Namespace is { } ns)
        {
            var place = _objects.GetValueOrDefault(new FakeObjectId(Namespace.Kind, null, ns)) ?? throw FakeStatusException.Missing(Namespace.Kind, ns);
            if ((string?)place["status"]?["phase"] == "Terminating")
            {
                throw new FakeStatusException(
                    HttpStatusCode.Forbidden,
                    "Forbidden",
                    $"{id.Kind.Plural} \"{id.Name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated",
                    id.Kind.Plural,
                    "NamespaceTerminating");
            }
        }

        var created = new JsonObject
        {
            ["apiVersion"] = id.Kind.ApiVersion,
            ["kind"] = id.Kind.Name,
            ["metadata"] = new JsonObject
            {
                ["name"] = id.Name,
                ["namespace"] = id.Namespace,
                ["uid"] = Guid.NewGuid().ToString(),
                ["generation"] = 0L,
                ["creationTimestamp"] = Now(),
            },
        };
        if (id.Kind == Namespace.Kind)
            created["status"] = new JsonObject { ["phase"] = "Active" };
        if (id.Kind == Service.Kind)
            created["spec"] = new JsonObject { ["clusterIP"] = $"10.0.0.{(_version % 250) + 1}" };
        return created;
    }

    private string Store(FakeObjectId id, JsonObject? old, JsonObject next, FakeFieldOwners owners)
    {
        var metadata = next["metadata"]!.AsObject();
        metadata["managedFields"] = owners.ToJson();
        if (old is not null && JsonNode.DeepEquals(old, next))
            return old.ToJsonString();
        if (!JsonNode.DeepEquals(old?["spec"], next["spec"]) || old is null)
            metadata["generation"] = (long)metadata["generation"]! + 1;
        _objects[id] = next;
        Record(id, old is null ? "ADDED" : "MODIFIED", next, old);
        return next.ToJsonString();
    }

    private void Remove(FakeObjectId id)
    {
        if (id.Kind == Namespace.Kind)
        {
            foreach (var content in _objects.Keys.Where(other => other.Namespace == id.Name).ToList())
                Remove(content);
        }

        if (!_objects.Remove(id, out var old))
            return;
        _owners.Remove(id);
        Record(id, "DELETED", (JsonObject)old.DeepClone(), old);
    }

    private void Record(FakeObjectId id, string type, JsonObject next, JsonObject? old)
    {
        next["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        var change = new FakeChange(_version, type, id, next, old);
        _history.Add(change);
        foreach (var listener in _listeners.ToArray())
            listener(change);
    }

    private sealed class Listening(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>Something that happened to an object. The objects are never changed again.</summary>
internal sealed record FakeChange(long Version, string Type, FakeObjectId Id, JsonObject Object, JsonObject? Old);
