using System.Net;
using System.Text;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Stacks;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class StackTests(DatabaseProvider provider)
{
    private static readonly string[] StackFields =
    [
        "id", "name", "description", "namespace", "status", "status_reason", "status_message", "created_at", "created_by", "updated_at", "updated_by",
    ];

    private ProductServer _server;
    private Caller _caller;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
    }

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task Create_WhenAccepted_AnswersTheWholeStackAndWhereItIs()
    {
        var reply = await _caller.PostAsync("/api/stacks", new { name = " 研究 🚀", unknown = new { deep = 1 } });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        var stack = reply.Body;
        var id = reply.Text("id");
        Assert.Multiple(() =>
        {
            Assert.That(reply.Fields, Is.EqualTo(StackFields.Append("agents")));
            Assert.That(id, Does.Match("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$"));
            Assert.That(reply.Text("name"), Is.EqualTo(" 研究 🚀"));
            Assert.That(reply.Text("namespace"), Is.EqualTo($"stack-{id}"));
            Assert.That(reply.Text("status"), Is.EqualTo("creating").Or.EqualTo("ready"));
            foreach (var field in new[] { "description", "status_reason", "status_message" })
                Assert.That(stack.GetProperty(field).ValueKind, Is.EqualTo(JsonValueKind.Null), field);
            Assert.That(reply.Text("created_at"), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"));
            Assert.That(reply.Text("updated_at"), Is.EqualTo(reply.Text("created_at")));
            foreach (var field in new[] { "created_by", "updated_by" })
            {
                Assert.That(stack.GetProperty(field).EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { "id", "full_name", "email" }), field);
                Assert.That(stack.GetProperty(field).GetProperty("id").GetGuid(), Is.EqualTo(_caller.UserId), field);
                Assert.That(stack.GetProperty(field).GetProperty("email").GetString(), Is.EqualTo(_caller.Email), field);
            }

            Assert.That(stack.GetProperty("agents").GetArrayLength(), Is.Zero);
            Assert.That(reply.Headers.Location, Is.EqualTo(new Uri(_server.Address, $"/api/stacks/{id}")));
        });
        var read = await _caller.UntilAsync(reply.Headers.Location!.AbsolutePath, "ready");
        Assert.That(read.Fields, Is.EqualTo(reply.Fields));
        Assert.That(read.Text("created_at"), Is.EqualTo(reply.Text("created_at")), "what was answered is what was stored");
    }

    [TestCase("""{"name":""}""", 422, "name")]
    [TestCase("""{"name":" \t\n"}""", 422, "name")]
    [TestCase("""{"name":null}""", 422, "name")]
    [TestCase("{}", 422, "name")]
    [TestCase("""{"description":"only"}""", 422, "name")]
    [TestCase("""{"name":"a\u0000b"}""", 422, "name")]
    [TestCase("""{"name":"a","description":"a\u0000b"}""", 422, "description")]
    [TestCase("""{"name":"\ud83d"}""", 400, "name")]
    [TestCase("""{"name":5}""", 400, "name")]
    [TestCase("""{"name":["a"]}""", 400, "name")]
    [TestCase("""{"name":"a","description":{}}""", 400, "description")]
    [TestCase("""{"name":"a",""", 400, "body")]
    [TestCase("name=a", 400, "body")]
    [TestCase("", 400, "body")]
    [TestCase("null", 400, "body")]
    [TestCase("[]", 400, "body")]
    public async Task Create_WhenTheBodyIsBad_SaysWhichField(string body, int status, string field)
    {
        var reply = await _caller.PostAsync("/api/stacks", body);

        AssertProblem(reply, status, "validation_failed", field);
        Assert.That((await _caller.GetAsync("/api/stacks")).Body.GetProperty("total").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task Create_WhenTextsAreAtTheirLimitInCodePoints_IsAcceptedAndOneMoreIsNot()
    {
        static string Rockets(int count) => string.Concat(Enumerable.Repeat("🚀", count));

        var longest = await _caller.PostAsync("/api/stacks", new { name = Rockets(255), description = Rockets(5000) });
        Assert.That(longest.Status, Is.EqualTo(HttpStatusCode.Created), longest.Body.ToString());
        Assert.That(longest.Text("name"), Is.EqualTo(Rockets(255)));
        Assert.That(longest.Text("description"), Is.EqualTo(Rockets(5000)));
        AssertProblem(await _caller.PostAsync("/api/stacks", new { name = Rockets(256) }), 422, "validation_failed", "name");
        AssertProblem(await _caller.PostAsync("/api/stacks", new { name = "a", description = Rockets(5001) }), 422, "validation_failed", "description");
        var path = $"/api/stacks/{longest.Text("id")}";
        AssertProblem(await _caller.PutAsync(path, new { name = new string('a', 256) }), 422, "validation_failed", "name");
        AssertProblem(await _caller.PutAsync(path, new { description = new string('a', 5001) }), 422, "validation_failed", "description");
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("application/xml")]
    public async Task Create_WhenTheContentTypeIsNotJson_Is415(string type)
    {
        using var body = new StringContent("""{"name":"a"}""", Encoding.UTF8, type);
        var reply = await _caller.SendAsync(HttpMethod.Post, "/api/stacks", body);

        AssertProblem(reply, 415, "unsupported_media_type");
    }

    [Test]
    public async Task Update_WhenFieldsAreAbsentOrNull_ChangesOnlyWhatIsGiven()
    {
        var path = $"/api/stacks/{await _caller.CreateStackAsync("before", "words")}";
        var made = await _caller.UntilAsync(path, "ready");

        var nothing = await _caller.PutAsync(path, new { });
        var nullName = await _caller.PutAsync(path, """{"name":null}""");
        Assert.That((nothing.Text("name"), nothing.Text("description"), nothing.Text("updated_at")), Is.EqualTo(("before", "words", made.Text("updated_at"))));
        Assert.That((nullName.Text("name"), nullName.Text("description")), Is.EqualTo(("before", "words")));

        var renamed = await _caller.PutAsync(path, new { name = "after" });
        Assert.That((renamed.Text("name"), renamed.Text("description")), Is.EqualTo(("after", "words")));
        Assert.That(renamed.Body.GetProperty("updated_at").GetDateTimeOffset(), Is.GreaterThan(made.Body.GetProperty("updated_at").GetDateTimeOffset()));

        var cleared = await _caller.PutAsync(path, """{"description":null}""");
        Assert.That(cleared.Text("name"), Is.EqualTo("after"));
        Assert.That(cleared.Body.GetProperty("description").ValueKind, Is.EqualTo(JsonValueKind.Null));

        var both = await _caller.PutAsync(path, new { name = "x", description = "y", status = "failed", id = Guid.Empty });
        Assert.That((both.Text("name"), both.Text("description"), both.Text("status"), both.Text("id")), Is.EqualTo(("x", "y", "ready", made.Text("id"))));
        Assert.That((await _caller.GetAsync(path)).Body.ToString(), Is.EqualTo(both.Body.ToString()));
        Assert.That(both.Fields, Is.EqualTo(StackFields.Append("agents")));
    }

    [TestCase("""{"name":" "}""", 422, "name")]
    [TestCase("""{"name":"\u0000"}""", 422, "name")]
    [TestCase("""{"description":"\u0000"}""", 422, "description")]
    [TestCase("""{"description":7}""", 400, "description")]
    [TestCase("""{"name":true}""", 400, "name")]
    [TestCase("{", 400, "body")]
    public async Task Update_WhenTheBodyIsBad_SaysWhichFieldAndChangesNothing(string body, int status, string field)
    {
        var path = $"/api/stacks/{await _caller.CreateStackAsync("before", "words")}";
        AssertProblem(await _caller.PutAsync(path, body), status, "validation_failed", field);

        var stack = await _caller.GetAsync(path);
        Assert.That((stack.Text("name"), stack.Text("description")), Is.EqualTo(("before", "words")));
    }

    [Test]
    public async Task Delete_WhenRepeated_Is204UntilTheStackIsGone()
    {
        var path = $"/api/stacks/{await _caller.CreateStackAsync()}";
        var reply = await _caller.DeleteAsync(path);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(reply.Body.ValueKind, Is.EqualTo(JsonValueKind.Undefined));
        Assert.That((await _caller.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent).Or.EqualTo(HttpStatusCode.NotFound));
        await _caller.UntilGoneAsync(path);
        AssertProblem(await _caller.DeleteAsync(path), 404, "not_found");
    }

    [Test]
    public async Task List_WhenThereAreStacks_ShowsNewestFirstInOneShape()
    {
        var empty = await _caller.GetAsync("/api/stacks");
        Assert.That(empty.Body.ToString(), Is.EqualTo("""{"items":[],"total":0,"page":1,"limit":20,"pages":0}"""));

        var first = await _caller.CreateStackAsync("first");
        var second = await _caller.CreateStackAsync("second");
        await _caller.DeployAsync(first, "agent", SampleAgents.NothingToStart);

        var list = await _caller.GetAsync("/api/stacks");
        var items = list.Body.GetProperty("items").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(list.Fields, Is.EqualTo(new[] { "items", "total", "page", "limit", "pages" }));
            Assert.That(items.Select(item => item.GetProperty("id").GetGuid()), Is.EqualTo(new[] { second, first }));
            Assert.That(items.Select(item => item.GetProperty("agent_count").GetInt32()), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(items[0].EnumerateObject().Select(member => member.Name), Is.EqualTo(StackFields.Append("agent_count")));
            Assert.That(items[0].GetProperty("namespace").GetString(), Is.EqualTo($"stack-{second}"));
        });
        var one = await _caller.GetAsync($"/api/stacks/{first}");
        Assert.That(one.Body.GetProperty("agents")[0].GetProperty("name").GetString(), Is.EqualTo("agent"));
    }

    [Test]
    public async Task List_WhenPaged_ShowsEachStackOnce()
    {
        var made = new List<Guid>();
        for (var i = 0; i < 5; i++)
            made.Insert(0, await _caller.CreateStackAsync("same name"));

        var seen = new List<Guid>();
        for (var page = 1; page <= 4; page++)
        {
            var list = (await _caller.GetAsync($"/api/stacks?page={page}&limit=2")).Body;
            seen.AddRange(list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            Assert.That(
                (list.GetProperty("total").GetInt32(), list.GetProperty("page").GetInt32(), list.GetProperty("limit").GetInt32(), list.GetProperty("pages").GetInt32()),
                Is.EqualTo((5, page, 2, 3)));
        }

        Assert.That(seen, Is.EqualTo(made));
        var far = await _caller.GetAsync("/api/stacks?page=2147483647&limit=100");
        Assert.That(far.Body.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(far.Body.GetProperty("total").GetInt32(), Is.EqualTo(5));
    }

    [TestCase("page=0", 422, "page")]
    [TestCase("page=-1", 422, "page")]
    [TestCase("limit=0", 422, "limit")]
    [TestCase("limit=101", 422, "limit")]
    [TestCase("page=a", 400, "page")]
    [TestCase("page=99999999999", 400, "page")]
    [TestCase("limit=1.5", 400, "limit")]
    [TestCase("status=gone", 422, "status")]
    [TestCase("status=Ready", 422, "status")]
    [TestCase("status=1", 422, "status")]
    [TestCase("search=a%00b", 422, "search")]
    public async Task List_WhenAParameterIsBad_SaysWhich(string query, int status, string field) =>
        AssertProblem(await _caller.GetAsync($"/api/stacks?{query}"), status, "validation_failed", field);

    [TestCase("%", "100% sure")]
    [TestCase("_", "snake_case")]
    [TestCase(@"\", @"back\slash")]
    [TestCase("äöü", "ÄÖÜ Straße")]
    [TestCase("STRAßE", "ÄÖÜ Straße")]
    [TestCase("究", "研究")]
    [TestCase("ПРИ", "привет")]
    [TestCase("'", "o'clock")]
    [TestCase("nothing like it")]
    public async Task List_WhenSearched_TakesEveryCharacterLiterallyAndIgnoresCase(string search, params string[] found)
    {
        foreach (var name in new[] { "100% sure", "100 sure", "snake_case", "snakeXcase", @"back\slash", "ÄÖÜ Straße", "研究", "привет", "o'clock" })
            await _caller.CreateStackAsync(name);

        var list = (await _caller.GetAsync($"/api/stacks?search={Uri.EscapeDataString(search)}")).Body;
        Assert.That(list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()), Is.EqualTo(found));
        Assert.That(list.GetProperty("total").GetInt32(), Is.EqualTo(found.Length));
        Assert.That((await _caller.GetAsync("/api/stacks?search=")).Body.GetProperty("total").GetInt32(), Is.EqualTo(9));
    }

    [Test]
    public async Task List_WhenFilteredByStatus_ShowsOnlyThose()
    {
        var stack = await _caller.CreateStackAsync();
        await _caller.UntilAsync($"/api/stacks/{stack}", "ready");

        Assert.That((await _caller.GetAsync("/api/stacks?status=ready")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
        Assert.That((await _caller.GetAsync("/api/stacks?status=failed")).Body.GetProperty("total").GetInt32(), Is.Zero);
        Assert.That((await _caller.GetAsync("/api/stacks?status=")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("GET", "")]
    [TestCase("PUT", "")]
    [TestCase("DELETE", "")]
    [TestCase("GET", "/agents")]
    [TestCase("POST", "/agents")]
    public async Task Call_WhenTheIdIsNoUuid_Is400AndWhenItIsUnknown404(string method, string suffix)
    {
        foreach (var id in new[] { "1", "not-a-uuid", "0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e1", "%00", "..%2f" })
        {
            var reply = await CallAsync(id);
            Assert.That((int)reply.Status, Is.EqualTo(400), id);
        }

        AssertProblem(await CallAsync("not-a-uuid"), 400, "validation_failed", "stack_id");
        AssertProblem(await CallAsync(Guid.NewGuid().ToString()), 404, "not_found");

        async Task<Reply> CallAsync(string id)
        {
            object? body = method == "PUT" ? new { name = "a" } : null;
            using var form = new MultipartFormDataContent { { new StringContent("a"), "name" }, { new ByteArrayContent(SampleAgents.NothingToStart), "file", "a.zip" } };
            return await _caller.SendAsync(new HttpMethod(method), $"/api/stacks/{id}{suffix}", method == "POST" ? form : body);
        }
    }

    /// <summary>RFC 9457, with the two fields that older clients read.</summary>
    private static void AssertProblem(Reply reply, int status, string error, string? field = null)
    {
        Assert.That((int)reply.Status, Is.EqualTo(status), reply.Body.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(reply.ContentType, Is.EqualTo("application/problem+json"));
            string[] fields = ["type", "title", "status", "detail", "error", "message", "trace_id"];
            Assert.That(reply.Fields, Is.EqualTo(field is null ? fields : [.. fields, "errors"]));
            Assert.That(reply.Body.GetProperty("status").GetInt32(), Is.EqualTo(status));
            Assert.That(reply.Text("error"), Is.EqualTo(error));
            Assert.That(reply.Text("message"), Is.EqualTo(reply.Text("detail")));
            if (field is not null)
                Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { field }));
        });
    }
}
