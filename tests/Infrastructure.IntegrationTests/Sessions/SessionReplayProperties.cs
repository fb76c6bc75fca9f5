using FsCheck.Fluent;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using static StackAgent.Infrastructure.IntegrationTests.StatusLog.StatusLogServer;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

/// <summary>One thing that happens: a report, or without a status a sweep, after the clock moved.</summary>
public sealed record Move(int Agent, int Topic, SessionStatus? Status, int TtlMinutes, int ClockSeconds);

/// <summary>The writer's SQL, what it remembers and the sweep's SQL together do what the domain's session does, one report at a time.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class SessionReplayProperties(DatabaseProvider provider)
{
    private const int Agents = 2;
    private const int Topics = 3;
    private const int Cases = 12;
    private const int Moves = 40;

    private ManualTimeProvider _clock = null!;
    private TestDatabase _database = null!;
    private StatusLogServer _server = null!;

    [SetUp]
    public async Task SetUp()
    {
        _clock = new ManualTimeProvider();
        _database = await TestDatabase.CreateAsync(provider);
        _server = await StatusLogServer.StartAsync(_database.Options, time: _clock);
        await _server.CreateSchemaAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Sessions_WhateverTheReportsTheSweepsAndTheClock_AreAReplayOfThem()
    {
        var status = Gen.Elements(Enum.GetValues<SessionStatus>()).Select(value => (SessionStatus?)value);
        var ttl = Gen.OneOf(Gen.Constant(0), Gen.Choose(1, 3), Gen.Choose(1, 60));

        // Even seconds, so that reports are never less than a second before the last one: then each one's moment is the clock's.
        var step = Gen.OneOf(Gen.Choose(1, 30), Gen.Choose(-150, -1), Gen.Choose(30, 22 * 60)).Select(half => 2 * half);
        var move = from agent in Gen.Choose(0, Agents - 1)
                   from topic in Gen.Choose(0, Topics - 1)
                   from said in Gen.Frequency((4, status), (1, Gen.Constant((SessionStatus?)null)))
                   from minutes in ttl
                   from seconds in step
                   select new Move(agent, topic, said, minutes, seconds);
        foreach (var moves in Gen.Sample(move.ListOf(Moves), Cases))
            await CheckAsync([.. moves]);
    }

    private async Task CheckAsync(IReadOnlyList<Move> moves)
    {
        var what = string.Join('\n', moves);
        var owner = await _server.AddOwnerAsync();
        var replays = new Dictionary<(string Agent, string Topic), Session>();
        foreach (var move in Enumerable.Range(0, Agents).Select(agent => new Move(agent, 0, SessionStatus.Pending, 0, 2)).Concat(moves))
        {
            // The odd part keeps two moments from ever being the same.
            _clock.Advance(TimeSpan.FromSeconds(move.ClockSeconds) + TimeSpan.FromMicroseconds(7));
            if (move.Status is not { } status)
            {
                await _server.Sweeper.SweepAsync(CancellationToken.None);
                foreach (var replay in replays.Values)
                    replay.Expire(_clock.GetUtcNow());
                continue;
            }

            var (agent, topic) = ($"agent {move.Agent}", $"topic {move.Topic}");
            Assert.That(await _server.ReportAsync(Entry(owner, agent, topic, status, $"{_clock.GetUtcNow():O}", ttl: move.TtlMinutes)), Is.Null, what);
            var stored = await FindAsync(owner, agent, topic);
            if (!replays.TryGetValue((agent, topic), out var session))
                replays[(agent, topic)] = session = Session.Open(stored.AgentId, topic, stored.Created);

            // The clock's moment, or a microsecond later for each report that registered an agent or was tried again.
            var now = stored.ExpiresAt - TimeSpan.FromMinutes(stored.TtlMinutes);
            Assert.That(now, Is.InRange(_clock.GetUtcNow(), _clock.GetUtcNow().AddMicroseconds(5)), what);
            session.Record(new ReportContent(status, stored.LastMessage, TtlMinutes: move.TtlMinutes), now);
        }

        var told = (await _server.QueryAsync(database => database.Events.AsNoTracking().Where(record => record.OwnerId == owner).OrderBy(record => record.Id).ToListAsync()))
            .ToLookup(record => record.SessionId, record => record.Type);
        foreach (var ((agent, topic), replay) in replays)
        {
            var stored = await FindAsync(owner, agent, topic);
            Assert.That(State(stored), Is.EqualTo(State(replay)), what);
            Assert.That(string.Join(", ", told[stored.Id]), Is.EqualTo(string.Join(", ", replay.DomainEvents.Select(InWords))), what);
            Assert.That(stored.ExpiryCheckAt, Is.LessThanOrEqualTo(stored.ExpiresAt), what);
        }

        await _server.AssertActivityAgreesAsync();
    }

    private Task<Session> FindAsync(Guid owner, string agent, string topic) => _server.QueryAsync(database =>
        (from row in database.Agents
         join session in database.Sessions on row.Id equals session.AgentId
         where row.OwnerId == owner && row.Key == agent && session.Topic == topic
         select session).AsNoTracking().SingleAsync());

    private static object State(Session session) => (
        session.Topic,
        session.Created,
        session.LastUpdated,
        session.LastUpdatedSecond,
        session.TtlMinutes,
        session.ExpiresAt,
        (session.ExpiredAt, session.CurrentStatus, session.LastMessage, session.StartedAt, session.EndedAt, session.ReportCount));

    private static string InWords(IDomainEvent happened) => happened switch
    {
        SessionExpired => EventTypes.SessionExpired,
        SessionRecovered => EventTypes.SessionRecovered,
        SessionStatusChanged => EventTypes.SessionStatusChanged,
        _ => happened.GetType().Name,
    };
}
