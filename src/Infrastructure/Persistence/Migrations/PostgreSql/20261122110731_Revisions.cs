using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.PostgreSql
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
                type: "integer",
                nullable: false,
                defaultValue: 1);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "activated_at",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "active_revision",
                table: "agents",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "auto_rollback",
                table: "agents",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<int>(
                name: "fallback_revision",
                table: "agents",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "last_revision",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "restarts",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "rollback_message",
                table: "agents",
                type: "character varying(8000)",
                maxLength: 8000,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rollout",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "rollout_since",
                table: "agents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "startup_seconds",
                table: "agents",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "agents",
                type: "integer",
                nullable: false,
                defaultValue: 1);

            // What is deployed already gets its revision's row when its code is moved to the new place.
            migrationBuilder.Sql("UPDATE agents SET last_revision = revision, rollout = 1 WHERE kind = 'deployed'");

            migrationBuilder.CreateTable(
                name: "agent_revisions",
                columns: table => new
                {
                    agent_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    cause = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    rollback_of = table.Column<int>(type: "integer", nullable: true),
                    code_revision = table.Column<int>(type: "integer", nullable: false),
                    code_digest = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    code_size = table.Column<long>(type: "bigint", nullable: false),
                    code_settings = table.Column<string>(type: "text", nullable: false),
                    settings = table.Column<string>(type: "text", nullable: false),
                    protected_secrets = table.Column<string>(type: "text", nullable: true),
                    note = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by_id = table.Column<Guid>(type: "uuid", nullable: false),
                    activated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    failure_reason = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    failure_message = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: true)
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
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    api_key_id = table.Column<Guid>(type: "uuid", nullable: true),
                    action = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    resource_type = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    resource_id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    resource_name = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    stack_id = table.Column<Guid>(type: "uuid", nullable: true),
                    detail = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    address = table.Column<string>(type: "character varying(45)", maxLength: 45, nullable: true),
                    trace_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_records",
                columns: table => new
                {
                    owner_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    target = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    fingerprint = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    locked_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    status_code = table.Column<int>(type: "integer", nullable: true),
                    protected_answer = table.Column<string>(type: "text", nullable: true)
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
