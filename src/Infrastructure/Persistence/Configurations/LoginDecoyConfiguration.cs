using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StackAgent.Infrastructure.Accounts;

namespace StackAgent.Infrastructure.Persistence.Configurations;

internal sealed class LoginDecoyConfiguration : IEntityTypeConfiguration<LoginDecoy>
{
    public void Configure(EntityTypeBuilder<LoginDecoy> builder)
    {
        builder.ToTable("login_decoys");
        builder.Property(decoy => decoy.Id).ValueGeneratedNever();
        builder.HasData(Enumerable.Range(0, LoginDecoy.Count).Select(id => new LoginDecoy { Id = id }));
    }
}
