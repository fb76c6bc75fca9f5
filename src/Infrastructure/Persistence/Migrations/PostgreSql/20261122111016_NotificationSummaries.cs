using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class NotificationSummaries : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "is_summary",
                table: "notifications",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.Sql("UPDATE notifications SET is_summary = true WHERE (data::json -> 'repeated') IS NOT NULL");

            // Each delivery leaves two dead rows, and most of the table is a log that nobody changes: the usual fifth of it would be far too many
            // for the indexes of what is pending.
            migrationBuilder.Sql("ALTER TABLE notification_deliveries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE notification_deliveries RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)");

            migrationBuilder.DropColumn(
                name: "is_summary",
                table: "notifications");
        }
    }
}
