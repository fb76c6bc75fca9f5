import type { Problem } from './types';

/** What went wrong with a call, as a sentence for a person. `status` is 0 when no answer came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    detail: string,
    readonly errors: Readonly<Record<string, readonly string[]>> = {},
    readonly traceId?: string,
    readonly retryAfter?: number,
  ) {
    super(detail);
  }

  static unreachable(): ApiError {
    return new ApiError(0, 'The server can’t be reached. Check the connection; it is tried again by itself.');
  }

  /** Reads a problem+json, and makes the best of any other answer, such as a proxy's. */
  static async of(response: Response): Promise<ApiError> {
    const problem = await response.json().then(asProblem, () => null);
    const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
    return problem
      ? new ApiError(response.status, problem.detail, readErrors(problem.errors), problem.trace_id, retryAfter)
      : new ApiError(response.status, `The server answered ${response.status} without saying why.`, {}, undefined, retryAfter);
  }
}

function asProblem(body: unknown): Problem | null {
  return typeof body === 'object' && body !== null && typeof (body as Problem).detail === 'string' ? (body as Problem) : null;
}

function readErrors(errors: unknown): Record<string, string[]> {
  if (typeof errors !== 'object' || errors === null) return {};
  return Object.fromEntries(
    Object.entries(errors).map(([field, sentences]) => [field, (Array.isArray(sentences) ? sentences : [sentences]).map(String)]),
  );
}

/** The sentence to show for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message : 'Something went wrong.';
}

/** True when what was asked for isn't there: never was, is gone, or is somebody else's. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 400);
}
