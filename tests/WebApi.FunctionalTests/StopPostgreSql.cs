using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests;

/// <summary>Runs once around all tests of the assembly.</summary>
[SetUpFixture]
public sealed class StopPostgreSql
{
    [OneTimeTearDown]
    public Task StopAsync() => PostgreSqlCluster.StopAsync();
}
