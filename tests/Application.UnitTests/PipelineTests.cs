using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using StackAgent.Application.Common.Behaviours;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Deployment;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.UnitTests;

public sealed class PipelineTests
{
    [Test]
    public void Validate_WhenSeveralFieldsAreBad_NamesThemAsOnTheWire()
    {
        using var services = new ServiceCollection().AddApplication().BuildServiceProvider();
        var behaviour = new ValidationBehaviour<CreateStack, StackDetails>(services.GetServices<FluentValidation.IValidator<CreateStack>>());

        var failure = Assert.ThrowsAsync<ValidationFailedException>(() => behaviour.Handle(
            new CreateStack(" ", new string('x', Stack.DescriptionMaxLength + 1)), CancellationToken.None, () => throw new InvalidOperationException("The handler must not run.")));

        Assert.That(failure!.Errors.Keys, Is.EquivalentTo(["name", "description"]));
    }

    [TestCase(255, true)]
    [TestCase(256, false)]
    public void Validate_WhenANameIsMadeOfEmoji_CountsCodePoints(int length, bool accepted)
    {
        var name = string.Concat(Enumerable.Repeat("👍", length));

        Assert.That(new CreateStackValidator().Validate(new CreateStack(name, null)).IsValid, Is.EqualTo(accepted));
    }

    [Test]
    public async Task Dispatch_WhenAHandlerFails_GoesOnWithTheOtherEvents()
    {
        var queue = Substitute.For<IReconcileQueue>();
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        queue.When(wake => wake.Enqueue(ReconcileKey.Stack(first))).Throw(new InvalidOperationException("broken"));
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddApplication()
            .AddSingleton(queue)
            .BuildServiceProvider();

        await services.GetRequiredService<IDomainEventDispatcher>().DispatchAsync(
            [new StackCreated(first, Guid.Empty), new StackDeletionRequested(second, Guid.Empty)], CancellationToken.None);

        queue.Received(1).Enqueue(ReconcileKey.Stack(second));
    }

    [Test]
    public void AddApplication_WhenRegistered_HasAHandlerForEveryRequest()
    {
        var services = new ServiceCollection().AddApplication();
        var requests =
            from type in typeof(DependencyInjection).Assembly.GetTypes()
            where type is { IsClass: true, IsAbstract: false }
            from contract in type.GetInterfaces()
            where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequest<>)
            select typeof(IRequestHandler<,>).MakeGenericType(type, contract.GetGenericArguments()[0]);

        Assert.That(requests.Where(handler => services.Count(service => service.ServiceType == handler) != 1), Is.Empty);
    }
}
