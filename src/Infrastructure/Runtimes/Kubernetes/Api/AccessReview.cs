namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>A question to the cluster, which keeps neither it nor the answer: may whoever asks do this?</summary>
internal sealed record SelfSubjectAccessReview
{
    public const string Path = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    public string ApiVersion { get; init; } = "authorization.k8s.io/v1";

    public string Kind { get; init; } = nameof(SelfSubjectAccessReview);

    public AccessReviewSpec? Spec { get; init; }

    public AccessReviewStatus? Status { get; init; }
}

internal sealed record AccessReviewSpec
{
    public ResourceAttributes? ResourceAttributes { get; init; }
}

/// <summary>What is to be done to what; <c>*</c> is everything.</summary>
internal sealed record ResourceAttributes
{
    /// <summary>Null: in all of them.</summary>
    public string? Namespace { get; init; }

    public string Verb { get; init; } = "";

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string? Subresource { get; init; }
}

internal sealed record AccessReviewStatus
{
    public bool Allowed { get; init; }
}
