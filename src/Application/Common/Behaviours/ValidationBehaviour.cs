using FluentValidation;
using MediatR;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Behaviours;

/// <summary>Runs every validator of the request and throws all their sentences as one <see cref="ValidationFailedException"/>.</summary>
internal sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);
            if (!result.IsValid)
            {
                throw new ValidationFailedException(result.Errors
                    .GroupBy(failure => failure.PropertyName, StringComparer.Ordinal)
                    .ToDictionary(field => field.Key, field => field.Select(failure => failure.ErrorMessage).ToArray(), StringComparer.Ordinal));
            }
        }

        return await next();
    }
}
