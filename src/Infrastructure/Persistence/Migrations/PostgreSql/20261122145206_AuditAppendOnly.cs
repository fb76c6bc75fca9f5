using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class AuditAppendOnly : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "audit_horizon",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    before = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_horizon", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "audit_horizon",
                columns: new[] { "id", "before" },
                values: new object[] { 1, new Guid("00000000-0000-0000-0000-000000000000") });

            migrationBuilder.Sql(
                """
                CREATE FUNCTION guard_audit_entries() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'UPDATE' THEN
                        RAISE EXCEPTION 'Entries of the audit trail are never changed.' USING ERRCODE = 'restrict_violation';
                    ELSIF TG_OP = 'DELETE' THEN
                        IF EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.id < before) THEN
                            RETURN OLD;
                        END IF;
                    END IF;
                    RAISE EXCEPTION 'Entries of the audit trail are kept until they are too old.' USING ERRCODE = 'restrict_violation';
                END
                $$
                """);
            migrationBuilder.Sql(
                "CREATE TRIGGER audit_entries_kept BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION guard_audit_entries()");
            migrationBuilder.Sql(
                "CREATE TRIGGER audit_entries_whole BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION guard_audit_entries()");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TRIGGER audit_entries_whole ON audit_entries");
            migrationBuilder.Sql("DROP TRIGGER audit_entries_kept ON audit_entries");
            migrationBuilder.Sql("DROP FUNCTION guard_audit_entries()");

            migrationBuilder.DropTable(
                name: "audit_horizon");
        }
    }
}
