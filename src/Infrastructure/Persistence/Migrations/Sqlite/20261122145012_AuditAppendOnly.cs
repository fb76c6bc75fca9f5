using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.Sqlite
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
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    before = table.Column<Guid>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_horizon", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "audit_horizon",
                columns: new[] { "id", "before" },
                values: new object[] { 1, new Guid("00000000-0000-0000-0000-000000000000") });

            // SQLite's tables lose their triggers when a later migration makes them anew: it has to make these anew too.
            migrationBuilder.Sql(
                """
                CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
                BEGIN
                    SELECT RAISE(ABORT, 'Entries of the audit trail are never changed.');
                END
                """);
            migrationBuilder.Sql(
                """
                CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
                WHEN NOT EXISTS (SELECT 1 FROM audit_horizon WHERE OLD.id < before)
                BEGIN
                    SELECT RAISE(ABORT, 'Entries of the audit trail are kept until they are too old.');
                END
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TRIGGER audit_entries_kept");
            migrationBuilder.Sql("DROP TRIGGER audit_entries_unchanged");

            migrationBuilder.DropTable(
                name: "audit_horizon");
        }
    }
}
