namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>A question to the cluster, which keeps neither it nor the answer: whose is this token?</summary>
internal sealed record TokenReview
{
    public const string Path = "apis/authentication.k8s.io/v1/tokenreviews";

    public string ApiVersion { get; init; } = "authentication.k8s.io/v1";

    public string Kind { get; init; } = nameof(TokenReview);

    public TokenReviewSpec? Spec { get; init; }

    public TokenReviewStatus? Status { get; init; }
}

internal sealed record TokenReviewSpec
{
    public string Token { get; init; } = "";

    public IReadOnlyList<string>? Audiences { get; init; }

    public override string ToString() => nameof(TokenReviewSpec);
}

internal sealed record TokenReviewStatus
{
    public bool Authenticated { get; init; }

    /// <summary>Those of the question that the token is meant for. None from a cluster that doesn't look at them.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    public TokenUser? User { get; init; }
}

internal sealed record TokenUser
{
    private const string PodName = "authentication.kubernetes.io/pod-name";
    private const string PodUid = "authentication.kubernetes.io/pod-uid";

    /// <summary>Of a service account <c>system:serviceaccount:{namespace}:{name}</c>.</summary>
    public string? Username { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }

    /// <summary>Whether it is a service account's, given out to this very pod.</summary>
    public bool IsPod(ObjectMeta pod) =>
        Username?.StartsWith($"system:serviceaccount:{pod.Namespace}:", StringComparison.Ordinal) == true
        && Extra?.GetValueOrDefault(PodName) is [var name] && name == pod.Name
        && Extra.GetValueOrDefault(PodUid) is [var uid] && uid == pod.Uid;
}
