import type { components } from './schema.js';

type Problem = components['schemas']['Problem'];

/** What a server, or something between it and the client, answered with 400 or more. */
export interface ErrorAnswer {
  readonly status: number;
  /** A stable word for the cause, for example `not_found`; empty when it is none of StackAgent's. */
  readonly code: string;
  /** A sentence that a person can act on. */
  readonly detail: string;
  /** Finds the request in the server's log. */
  readonly traceId: string;
  /** What is wrong with each field, by its name on the wire. */
  readonly errors: Readonly<Record<string, readonly string[]>>;
  /** After how many seconds another try is worth it; undefined: the server doesn't say. */
  readonly retryAfter: number | undefined;
}

/** The server refused a request, or couldn't answer it. The message is a sentence that a person can act on. */
export class StackAgentError extends Error {
  readonly status: number;
  readonly code: string;
  readonly traceId: string;

  constructor(answer: ErrorAnswer) {
    super(answer.detail);
    this.name = new.target.name;
    this.status = answer.status;
    this.code = answer.code;
    this.traceId = answer.traceId;
  }
}

/** 400 or 422: the request can't be read, or its values aren't acceptable. */
export class ValidationFailedError extends StackAgentError {
  /** What is wrong with each field, by its name on the wire; empty when it is the request as a whole. */
  readonly errors: Readonly<Record<string, readonly string[]>>;

  constructor(answer: ErrorAnswer) {
    super(answer);
    this.errors = answer.errors;
  }
}

/** 401: no credentials, or they don't count (any more). */
export class UnauthorizedError extends StackAgentError {}

/** 403: the credentials don't allow it, for example a key without the scope. */
export class ForbiddenError extends StackAgentError {}

/** 404: there is no such thing, or it is somebody else's. */
export class NotFoundError extends StackAgentError {}

/** 409: the request contradicts the present state, for example a name that is taken. */
export class ConflictError extends StackAgentError {}

/** 409: the account has as much of this as it may have. */
export class QuotaExceededError extends ConflictError {}

/** 412: the resource isn't as `If-Match` says; read it again. */
export class PreconditionFailedError extends StackAgentError {}

/** 413: the upload or body is larger than the server takes. */
export class PayloadTooLargeError extends StackAgentError {}

/** 422: another request was sent under the same `Idempotency-Key`. */
export class IdempotencyMismatchError extends StackAgentError {}

/** 500 and its like: a fault of the server, whose log has the cause under the trace id. */
export class ServerError extends StackAgentError {}

/** 429: too many requests. */
export class RateLimitedError extends StackAgentError {
  /** How many seconds to wait before the next try. */
  readonly retryAfter: number;

  constructor(answer: ErrorAnswer) {
    super(answer);
    this.retryAfter = answer.retryAfter ?? 1;
  }
}

/** 502, 503 or 504: the server can't answer at the moment; trying again is worth it. */
export class UnavailableError extends StackAgentError {
  /** How many seconds to wait before the next try; undefined when the server doesn't say. */
  readonly retryAfter: number | undefined;

  constructor(answer: ErrorAnswer) {
    super(answer);
    this.retryAfter = answer.retryAfter;
  }
}

/** An agent that was waited for can't run. */
export class AgentFailedError extends Error {
  constructor(readonly agent: components['schemas']['Agent']) {
    super(agent.status_message ?? `The agent ${agent.name} is ${agent.status}.`);
    this.name = 'AgentFailedError';
  }
}

const kinds: Readonly<Record<number, new (answer: ErrorAnswer) => StackAgentError>> = {
  400: ValidationFailedError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  413: PayloadTooLargeError,
  422: ValidationFailedError,
  429: RateLimitedError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

/** What its status alone doesn't tell apart. */
const codes: Readonly<Record<string, new (answer: ErrorAnswer) => StackAgentError>> = {
  idempotency_key_reused: IdempotencyMismatchError,
  quota_exceeded: QuotaExceededError,
};

/** The error of an answer of 400 or more, whoever gave it. */
export async function errorOf(response: Response): Promise<StackAgentError> {
  const problem = await problemOf(response);
  const after = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const answer: ErrorAnswer = {
    status: response.status,
    code: problem?.error ?? '',
    detail: problem?.detail ?? `The server answered ${response.status} ${response.statusText}.`,
    traceId: problem?.trace_id ?? '',
    errors: problem?.errors ?? {},
    retryAfter: Number.isNaN(after) ? undefined : after,
  };
  const kind = codes[answer.code] ?? kinds[answer.status] ?? (answer.status >= 500 ? ServerError : StackAgentError);
  return new kind(answer);
}

async function problemOf(response: Response): Promise<Partial<Problem> | undefined> {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return undefined;
  try {
    return (await response.json()) as Partial<Problem>;
  } catch {
    return undefined;
  }
}
