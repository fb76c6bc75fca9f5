// Violations on purpose: the tests show that each rule sees its own.
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common.Persistence;

namespace Planted.Right
{
    internal static class OtherFeature
    {
        public static int Answer() => 42;
    }
}

namespace Planted.Left
{
    internal sealed class UsesAnotherFeature
    {
        public async Task<int> CallAsync()
        {
            await Task.Yield();
            return Right.OtherFeature.Answer();
        }
    }
}

namespace Planted.Web
{
    public sealed class OpenController : ControllerBase
    {
        [HttpGet]
        public int Forgotten() => 1;

        [HttpPost]
        [Authorize]
        public int AnyoneSignedIn() => 2;

        [HttpPut]
        [AllowAnonymous]
        public int Declared() => 3;

        [HttpDelete]
        [Authorize("write")]
        public int Guarded() => 4;

        public int NoVerb() => 5;
    }
}

namespace Planted.Handlers
{
    public record UnsealedRequest : IRequest<int>;

    public sealed class PublicHandler : IRequestHandler<UnsealedRequest, int>
    {
        public Task<int> Handle(UnsealedRequest request, CancellationToken cancellationToken) => Task.FromResult(1);
    }

    internal class UnsealedHandler : IRequestHandler<UnsealedRequest, int>
    {
        public Task<int> Handle(UnsealedRequest request, CancellationToken cancellationToken) => Task.FromResult(2);
    }

    internal sealed class SilentWriter(IApplicationDbContext db) : IRequestHandler<UnsealedRequest, int>
    {
        public async Task<int> Handle(UnsealedRequest request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return await db.SaveChangesAsync(cancellationToken);
        }
    }

    internal sealed class ProperHandler : IRequestHandler<UnsealedRequest, int>
    {
        public Task<int> Handle(UnsealedRequest request, CancellationToken cancellationToken) => Task.FromResult(3);
    }
}
