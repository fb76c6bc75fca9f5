using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class StatusTracking : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_status_reports_sessions_session_id",
                table: "status_reports");

            migrationBuilder.DropPrimaryKey(
                name: "pk_status_reports",
                table: "status_reports");

            migrationBuilder.DropIndex(
                name: "ix_status_reports_agent_id_received_at_id",
                table: "status_reports");

            migrationBuilder.DropIndex(
                name: "ix_status_reports_session_id_sequence",
                table: "status_reports");

            migrationBuilder.DropIndex(
                name: "ix_sessions_agent_id_expires_at",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "ix_sessions_agent_id_last_updated_id",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "ix_agents_owner_id_last_activity_at_id",
                table: "agents");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expired_at",
                table: "sessions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expiry_check_at",
                table: "sessions",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_updated_second",
                table: "sessions",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddPrimaryKey(
                name: "pk_status_reports",
                table: "status_reports",
                columns: new[] { "session_id", "sequence" });

            migrationBuilder.CreateTable(
                name: "agent_activity",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    last_seen = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_activity_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_activity_second = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    session_count = table.Column<int>(type: "integer", nullable: false),
                    active_session_count = table.Column<int>(type: "integer", nullable: false),
                    latest_status = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    latest_message = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_activity", x => x.agent_id);
                    table.ForeignKey(
                        name: "fk_agent_activity_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "events",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    stack_id = table.Column<Guid>(type: "uuid", nullable: true),
                    agent_id = table.Column<Guid>(type: "uuid", nullable: true),
                    agent_key = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    session_id = table.Column<Guid>(type: "uuid", nullable: true),
                    data = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "session_removals",
                columns: table => new
                {
                    session_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_session_removals", x => x.session_id);
                });

            // Whoever fell silent before today isn't news; from here on each expiry is.
            migrationBuilder.Sql(
                """
                UPDATE sessions SET
                    last_updated_second = date_trunc('second', last_updated),
                    expiry_check_at = expires_at,
                    expired_at = CASE WHEN expires_at <= now() THEN expires_at END
                """);

            migrationBuilder.Sql(
                """
                INSERT INTO agent_activity (
                    agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, version,
                    latest_status, latest_message)
                SELECT agent.id, agent.owner_id, agent.last_seen, agent.last_activity_at, date_trunc('second', agent.last_activity_at),
                    (SELECT count(*) FROM sessions WHERE sessions.agent_id = agent.id),
                    (SELECT count(*) FROM sessions WHERE sessions.agent_id = agent.id AND sessions.expired_at IS NULL),
                    0,
                    (SELECT CASE WHEN session.expired_at IS NULL THEN session.current_status ELSE 'expired' END
                        FROM sessions AS session
                        WHERE session.agent_id = agent.id AND (session.expired_at IS NULL OR (session.current_status = 'running' AND NOT EXISTS (
                            SELECT 1 FROM sessions AS newer WHERE newer.agent_id = agent.id AND newer.last_updated > session.last_updated)))
                        ORDER BY session.last_updated DESC LIMIT 1),
                    (SELECT session.last_message
                        FROM sessions AS session
                        WHERE session.agent_id = agent.id AND (session.expired_at IS NULL OR (session.current_status = 'running' AND NOT EXISTS (
                            SELECT 1 FROM sessions AS newer WHERE newer.agent_id = agent.id AND newer.last_updated > session.last_updated)))
                        ORDER BY session.last_updated DESC LIMIT 1)
                FROM agents AS agent
                """);

            // Room for the new version of a row beside the old one: then an update that touches no indexed column touches no index.
            migrationBuilder.Sql("ALTER TABLE sessions SET (fillfactor = 50)");
            migrationBuilder.Sql("ALTER TABLE agent_activity SET (fillfactor = 50)");

            migrationBuilder.DropColumn(
                name: "last_activity_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "last_seen",
                table: "agents");

            migrationBuilder.CreateIndex(
                name: "ix_status_reports_agent_id_received_at",
                table: "status_reports",
                columns: new[] { "agent_id", "received_at" });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_id_last_updated_second",
                table: "sessions",
                columns: new[] { "agent_id", "last_updated_second" });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_expiry_check_at",
                table: "sessions",
                column: "expiry_check_at",
                filter: "expired_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_agent_activity_owner_id_last_activity_second_agent_id",
                table: "agent_activity",
                columns: new[] { "owner_id", "last_activity_second", "agent_id" });

            migrationBuilder.CreateIndex(
                name: "ix_events_owner_id_id",
                table: "events",
                columns: new[] { "owner_id", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_activity");

            migrationBuilder.DropTable(
                name: "events");

            migrationBuilder.DropTable(
                name: "session_removals");

            migrationBuilder.DropPrimaryKey(
                name: "pk_status_reports",
                table: "status_reports");

            migrationBuilder.DropIndex(
                name: "ix_status_reports_agent_id_received_at",
                table: "status_reports");

            migrationBuilder.DropIndex(
                name: "ix_sessions_agent_id_last_updated_second",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "ix_sessions_expiry_check_at",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "expired_at",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "expiry_check_at",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "last_updated_second",
                table: "sessions");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_activity_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_seen",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddPrimaryKey(
                name: "pk_status_reports",
                table: "status_reports",
                column: "id");

            migrationBuilder.CreateIndex(
                name: "ix_status_reports_agent_id_received_at_id",
                table: "status_reports",
                columns: new[] { "agent_id", "received_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_status_reports_session_id_sequence",
                table: "status_reports",
                columns: new[] { "session_id", "sequence" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_id_expires_at",
                table: "sessions",
                columns: new[] { "agent_id", "expires_at" });

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_id_last_updated_id",
                table: "sessions",
                columns: new[] { "agent_id", "last_updated", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_agents_owner_id_last_activity_at_id",
                table: "agents",
                columns: new[] { "owner_id", "last_activity_at", "id" });

            migrationBuilder.AddForeignKey(
                name: "fk_status_reports_sessions_session_id",
                table: "status_reports",
                column: "session_id",
                principalTable: "sessions",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
