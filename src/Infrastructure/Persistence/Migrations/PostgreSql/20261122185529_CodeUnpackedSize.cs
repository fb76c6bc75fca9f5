using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace StackAgent.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class CodeUnpackedSize : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "code_unpacked_size",
                table: "agent_revisions",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "code_unpacked_size",
                table: "agent_revisions");
        }
    }
}
