using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests;

/// <summary>Runs once around all tests of the assembly.</summary>
[SetUpFixture]
public sealed class StopPostgreSql
{
    [OneTimeTearDown]
    public Task StopAsync() => PostgreSqlCluster.StopAsync();
}
