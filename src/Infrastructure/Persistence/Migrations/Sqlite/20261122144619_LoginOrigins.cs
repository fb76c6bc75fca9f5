using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class LoginOrigins : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "address",
                table: "refresh_token_families",
                type: "TEXT",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "last_used_at",
                table: "refresh_token_families",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "user_agent",
                table: "refresh_token_families",
                type: "TEXT",
                maxLength: 300,
                nullable: true);

            // Until a login is renewed, all that is known of its use is when it began.
            migrationBuilder.Sql("UPDATE refresh_token_families SET last_used_at = created_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "address",
                table: "refresh_token_families");

            migrationBuilder.DropColumn(
                name: "last_used_at",
                table: "refresh_token_families");

            migrationBuilder.DropColumn(
                name: "user_agent",
                table: "refresh_token_families");
        }
    }
}
