using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>One state of an agent's code and configuration. What it consists of never changes.</summary>
public sealed record RevisionDto : ITagged
{
    /// <summary>From 1, growing.</summary>
    public required int Number { get; init; }

    /// <summary>`deploying`, `active` (it serves), `superseded` by a later one, or `failed`.</summary>
    public required RevisionState State { get; init; }

    /// <summary>What it was made for.</summary>
    public required RevisionCause Cause { get; init; }

    /// <summary>The revision that a rollback repeats; null for everything else.</summary>
    public required int? RollbackOf { get; init; }

    public required RevisionCodeDto Code { get; init; }

    public required AgentConfigDto Config { get; init; }

    /// <summary>What whoever made it wrote down.</summary>
    public required string? Note { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required UserInfo CreatedBy { get; init; }

    /// <summary>When it first ran; null: it never did.</summary>
    public required DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>When it was given up; null: it wasn't.</summary>
    public required DateTimeOffset? FailedAt { get; init; }

    /// <summary>A stable word for why it was given up, for example `CrashLoopBackOff`.</summary>
    public required string? FailureReason { get; init; }

    /// <summary>A sentence for a person, with exit code and last log lines where there are any.</summary>
    public required string? FailureMessage { get; init; }

    /// <summary>From the revision that `compare_to` names; absent without it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RevisionDifference? Difference { get; init; }

    [JsonIgnore]
    public string? EntityTag { get; init; }
}

/// <summary>A revision's code.</summary>
/// <param name="Digest">SHA-256 of the ZIP, in hexadecimal.</param>
/// <param name="Size">Of the ZIP, in bytes.</param>
/// <param name="Revision">The revision that came with it: code that is the same is stored once.</param>
public sealed record RevisionCodeDto(string Digest, long Size, int Revision);

/// <summary>A part of an agent's revisions.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">Gets the older ones; null when there are none.</param>
public sealed record RevisionPage(
    IReadOnlyList<RevisionDto> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>How an agent is run, as far as its code or somebody said so. What is null is left to the server.</summary>
/// <param name="Environment">Variables by name, without the server's own.</param>
/// <param name="Secrets">Their names alone. Null: they can't be read, as the server's SECRET_KEY has changed.</param>
/// <param name="Image">Container image.</param>
/// <param name="Command">The program and what always follows it.</param>
/// <param name="Args">What follows the command.</param>
/// <param name="Port">Where the container listens.</param>
/// <param name="Replicas">Pods at the same time.</param>
/// <param name="Resources">What each pod asks for, and may use at most.</param>
/// <param name="Health">How it is found out that the agent is ready.</param>
/// <param name="AutoRollback">Whether a revision that doesn't come to run gives way to the one before by itself; null: yes.</param>
/// <param name="Sources">Where each part comes from, by its path (`environment.LOG_LEVEL`, `health.path`): `code`, its `agent.yaml`, or `api`.</param>
public sealed record AgentConfigDto(
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<SecretName>? Secrets,
    string? Image,
    IReadOnlyList<string>? Command,
    IReadOnlyList<string>? Args,
    int? Port,
    int? Replicas,
    ResourceSettings? Resources,
    HealthSettings? Health,
    bool? AutoRollback,
    IReadOnlyDictionary<string, ConfigSource> Sources) : ITagged
{
    [JsonIgnore]
    public string? EntityTag { get; init; }
}

/// <summary>A secret, of which nothing else is ever shown.</summary>
/// <param name="Name">The variable that holds it.</param>
public sealed record SecretName(string Name);

/// <summary>Who said so.</summary>
public enum ConfigSource
{
    /// <summary>The code's `agent.yaml`.</summary>
    Code,

    /// <summary>Somebody through the API, which comes before the code.</summary>
    Api,
}

/// <summary>What distinguishes a revision from another.</summary>
/// <param name="CodeChanged">Whether the ZIPs differ.</param>
/// <param name="Files">Which files differ, at most 1,000 of each kind; null: the ZIPs can't be compared, as one of them isn't there.</param>
/// <param name="Fields">What of the configuration differs, by path.</param>
public sealed record RevisionDifference(bool CodeChanged, CodeDifference? Files, IReadOnlyList<FieldDifference> Fields);

/// <summary>One setting that differs.</summary>
/// <param name="Field">Its path, for example `environment.LOG_LEVEL`.</param>
/// <param name="From">In the other revision; null: it isn't set there. Of a secret always null.</param>
/// <param name="To">In this revision; null: it isn't set. Of a secret always null.</param>
public sealed record FieldDifference(string Field, JsonNode? From, JsonNode? To);
