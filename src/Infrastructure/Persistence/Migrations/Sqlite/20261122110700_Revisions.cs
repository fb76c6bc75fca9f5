using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Revisions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "stacks",
                type: "INTEGER",
                nullable: false,
                defaultValue: 1);

            migrationBuilder.AddColumn<long>(
                name: "activated_at",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "active_revision",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "auto_rollback",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<int>(
                name: "fallback_revision",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "last_revision",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "restarts",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "rollback_message",
                table: "agents",
                type: "TEXT",
                maxLength: 8000,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rollout",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "rollout_since",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "startup_seconds",
                table: "agents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "agents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 1);

            // What is deployed already gets its revision's row when its code is moved to the new place.
            migrationBuilder.Sql("UPDATE agents SET last_revision = revision, rollout = 1 WHERE kind = 'deployed'");

            migrationBuilder.CreateTable(
                name: "agent_revisions",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    cause = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false),
                    rollback_of = table.Column<int>(type: "INTEGER", nullable: true),
                    code_revision = table.Column<int>(type: "INTEGER", nullable: false),
                    code_digest = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    code_size = table.Column<long>(type: "INTEGER", nullable: false),
                    code_settings = table.Column<string>(type: "TEXT", nullable: false),
                    settings = table.Column<string>(type: "TEXT", nullable: false),
                    protected_secrets = table.Column<string>(type: "TEXT", nullable: true),
                    note = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    created_by_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    activated_at = table.Column<long>(type: "INTEGER", nullable: true),
                    failed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    failure_reason = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    failure_message = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_revisions", x => new { x.agent_id, x.number });
                    table.ForeignKey(
                        name: "fk_agent_revisions_agents_agent_id",
                        column: x => x.agent_id,
                        principalTable: "agents",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    owner_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    actor_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    api_key_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    action = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    resource_type = table.Column<string>(type: "TEXT", maxLength: 50, nullable: false),
                    resource_id = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    resource_name = table.Column<string>(type: "TEXT", maxLength: 255, nullable: true),
                    stack_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    detail = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    address = table.Column<string>(type: "TEXT", maxLength: 45, nullable: true),
                    trace_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_records",
                columns: table => new
                {
                    owner_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 255, nullable: false),
                    target = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: false),
                    fingerprint = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    locked_until = table.Column<long>(type: "INTEGER", nullable: false),
                    status_code = table.Column<int>(type: "INTEGER", nullable: true),
                    protected_answer = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency_records", x => new { x.owner_id, x.key });
                });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_owner_id_id",
                table: "audit_entries",
                columns: new[] { "owner_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_owner_id_resource_type_resource_id_id",
                table: "audit_entries",
                columns: new[] { "owner_id", "resource_type", "resource_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_stack_id_id",
                table: "audit_entries",
                columns: new[] { "stack_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_records_created_at",
                table: "idempotency_records",
                column: "created_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_revisions");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "idempotency_records");

            migrationBuilder.DropColumn(
                name: "version",
                table: "stacks");

            migrationBuilder.DropColumn(
                name: "activated_at",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "active_revision",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "auto_rollback",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "fallback_revision",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "last_revision",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "restarts",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "rollback_message",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "rollout",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "rollout_since",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "startup_seconds",
                table: "agents");

            migrationBuilder.DropColumn(
                name: "version",
                table: "agents");
        }
    }
}
