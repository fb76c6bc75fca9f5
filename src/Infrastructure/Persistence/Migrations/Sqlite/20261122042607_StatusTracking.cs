using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.Sqlite
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

            migrationBuilder.AddColumn<long>(
                name: "expired_at",
                table: "sessions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "expiry_check_at",
                table: "sessions",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "last_updated_second",
                table: "sessions",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddPrimaryKey(
                name: "pk_status_reports",
                table: "status_reports",
                columns: new[] { "session_id", "sequence" });

            migrationBuilder.CreateTable(
                name: "agent_activity",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    owner_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    last_seen = table.Column<long>(type: "INTEGER", nullable: true),
                    last_activity_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_activity_second = table.Column<long>(type: "INTEGER", nullable: false),
                    session_count = table.Column<int>(type: "INTEGER", nullable: false),
                    active_session_count = table.Column<int>(type: "INTEGER", nullable: false),
                    latest_status = table.Column<string>(type: "TEXT", maxLength: 50, nullable: true),
                    latest_message = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    version = table.Column<long>(type: "INTEGER", nullable: false)
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
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    owner_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    type = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    stack_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    agent_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    agent_key = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    session_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    data = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "session_removals",
                columns: table => new
                {
                    session_id = table.Column<Guid>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_session_removals", x => x.session_id);
                });

            // Whoever fell silent before today isn't news; from here on each expiry is.
            migrationBuilder.Sql(
                """
                UPDATE sessions SET
                    last_updated_second = last_updated - last_updated % 1000000,
                    expiry_check_at = expires_at,
                    expired_at = CASE WHEN expires_at <= unixepoch() * 1000000 THEN expires_at END
                """);

            migrationBuilder.Sql(
                """
                INSERT INTO agent_activity (
                    agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count, version,
                    latest_status, latest_message)
                SELECT agent.id, agent.owner_id, agent.last_seen, agent.last_activity_at, agent.last_activity_at - agent.last_activity_at % 1000000,
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

            migrationBuilder.AddColumn<long>(
                name: "last_activity_at",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "last_seen",
                table: "agents",
                type: "INTEGER",
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
