namespace StackAgent.WebApi.Errors;

/// <summary>The stable values of <see cref="Problem.Error"/>. Clients compare them: never rename one.</summary>
public static class ErrorCodes
{
    public const string ValidationFailed = "validation_failed";
    public const string BadRequest = "bad_request";
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string NotAcceptable = "not_acceptable";
    public const string Conflict = "conflict";
    public const string QuotaExceeded = "quota_exceeded";
    public const string PreconditionFailed = "precondition_failed";
    public const string PayloadTooLarge = "payload_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string RateLimited = "rate_limited";
    public const string IdempotencyKeyReused = "idempotency_key_reused";
    public const string IdempotencyKeyInUse = "idempotency_key_in_use";
    public const string IdempotencyAnswerNotKept = "idempotency_answer_not_kept";
    public const string InternalError = "internal_error";
    public const string BadGateway = "bad_gateway";
    public const string Unavailable = "unavailable";
}
