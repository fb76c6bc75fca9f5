using System.Text.Encodings.Web;
using System.Text.Json;
using StackAgent.Application.Agents;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.WebApi.Json;

/// <summary>
/// Writes agents and stacks as the serializer does with <see cref="JsonDefaults"/>, without asking for each field what it is called and how its
/// type is written: a page holds thousands of them. A test compares the two.
/// </summary>
internal static class ListJson
{
    private static readonly JsonEncodedText Id = Name("id");
    private static readonly JsonEncodedText AgentId = Name("agent_id");
    private static readonly JsonEncodedText Kind = Name("kind");
    private static readonly JsonEncodedText StackId = Name("stack_id");
    private static readonly JsonEncodedText NameOf = Name("name");
    private static readonly JsonEncodedText Description = Name("description");
    private static readonly JsonEncodedText Namespace = Name("namespace");
    private static readonly JsonEncodedText Source = Name("source");
    private static readonly JsonEncodedText Status = Name("status");
    private static readonly JsonEncodedText StatusReason = Name("status_reason");
    private static readonly JsonEncodedText StatusMessage = Name("status_message");
    private static readonly JsonEncodedText ApiUrl = Name("api_url");
    private static readonly JsonEncodedText UiUrl = Name("ui_url");
    private static readonly JsonEncodedText DiskPath = Name("disk_path");
    private static readonly JsonEncodedText Revision = Name("revision");
    private static readonly JsonEncodedText CreatedAt = Name("created_at");
    private static readonly JsonEncodedText CreatedBy = Name("created_by");
    private static readonly JsonEncodedText UpdatedAt = Name("updated_at");
    private static readonly JsonEncodedText UpdatedBy = Name("updated_by");
    private static readonly JsonEncodedText FullName = Name("full_name");
    private static readonly JsonEncodedText Email = Name("email");
    private static readonly JsonEncodedText Registered = Name("registered");
    private static readonly JsonEncodedText LastSeen = Name("last_seen");
    private static readonly JsonEncodedText SessionCount = Name("session_count");
    private static readonly JsonEncodedText ActiveSessionCount = Name("active_session_count");
    private static readonly JsonEncodedText LatestStatus = Name("latest_status");
    private static readonly JsonEncodedText LatestMessage = Name("latest_message");
    private static readonly JsonEncodedText AgentCount = Name("agent_count");

    public static void Write(Utf8JsonWriter json, AgentDto agent)
    {
        json.WriteStartObject();
        json.WriteString(Id, agent.Id);
        json.WriteString(AgentId, agent.AgentId);
        json.WriteString(Kind, Words<AgentKind>.Of(agent.Kind));
        if (agent.StackId is { } stackId)
            json.WriteString(StackId, stackId);
        else
            json.WriteNull(StackId);
        json.WriteString(NameOf, agent.Name);
        json.WriteString(Description, agent.Description);
        json.WriteString(Source, agent.Source);
        json.WriteString(Status, Words<AgentStatus>.Of(agent.Status));
        json.WriteString(StatusReason, agent.StatusReason);
        json.WriteString(StatusMessage, agent.StatusMessage);
        json.WriteString(ApiUrl, agent.ApiUrl);
        json.WriteString(UiUrl, agent.UiUrl);
        json.WriteString(DiskPath, agent.DiskPath);
        json.WriteNumber(Revision, agent.Revision);
        json.WriteString(CreatedAt, agent.CreatedAt.UtcDateTime);
        WritePerson(json, CreatedBy, agent.CreatedBy);
        json.WriteString(UpdatedAt, agent.UpdatedAt.UtcDateTime);
        WritePerson(json, UpdatedBy, agent.UpdatedBy);
        json.WriteString(Registered, agent.Registered.UtcDateTime);
        if (agent.LastSeen is { } lastSeen)
            json.WriteString(LastSeen, lastSeen.UtcDateTime);
        else
            json.WriteNull(LastSeen);
        json.WriteNumber(SessionCount, agent.SessionCount);
        json.WriteNumber(ActiveSessionCount, agent.ActiveSessionCount);
        if (agent.LatestStatus is { } latest)
            json.WriteString(LatestStatus, Words<SessionState>.Of(latest));
        if (agent.LatestMessage is { } message)
            json.WriteString(LatestMessage, message);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, StackListItem stack)
    {
        json.WriteStartObject();
        json.WriteString(Id, stack.Id);
        json.WriteString(NameOf, stack.Name);
        json.WriteString(Description, stack.Description);
        json.WriteString(Namespace, stack.Namespace);
        json.WriteString(Status, Words<StackStatus>.Of(stack.Status));
        json.WriteString(StatusReason, stack.StatusReason);
        json.WriteString(StatusMessage, stack.StatusMessage);
        json.WriteString(CreatedAt, stack.CreatedAt.UtcDateTime);
        WritePerson(json, CreatedBy, stack.CreatedBy);
        json.WriteString(UpdatedAt, stack.UpdatedAt.UtcDateTime);
        WritePerson(json, UpdatedBy, stack.UpdatedBy);
        json.WriteNumber(AgentCount, stack.AgentCount);
        json.WriteEndObject();
    }

    private static void WritePerson(Utf8JsonWriter json, JsonEncodedText name, UserInfo person)
    {
        json.WriteStartObject(name);
        json.WriteString(Id, person.Id);
        json.WriteString(FullName, person.FullName);
        json.WriteString(Email, person.Email);
        json.WriteEndObject();
    }

    private static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static class Words<TEnum>
        where TEnum : struct, Enum
    {
        private static readonly Dictionary<TEnum, JsonEncodedText> Known =
            Enum.GetValues<TEnum>().ToDictionary(value => value, value => Name(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())));

        public static JsonEncodedText Of(TEnum value) => Known[value];
    }
}
