import { expect, test } from 'vitest';
import * as sdk from '../src/index.js';

const answering = (status: number, headers: Record<string, string> = {}, body = '<html>'): typeof fetch =>
  () => Promise.resolve(new Response(body, { status, headers }));

const refusal = (fetch: typeof globalThis.fetch): Promise<unknown> =>
  new sdk.StackAgentClient({ server: 'http://proxy.example', fetch }).api.GET('/health').catch((error: unknown) => error);

test.each([
  [400, sdk.ValidationFailedError],
  [401, sdk.UnauthorizedError],
  [403, sdk.ForbiddenError],
  [404, sdk.NotFoundError],
  [409, sdk.ConflictError],
  [412, sdk.PreconditionFailedError],
  [413, sdk.PayloadTooLargeError],
  [418, sdk.StackAgentError],
  [429, sdk.RateLimitedError],
  [500, sdk.ServerError],
  [502, sdk.UnavailableError],
  [503, sdk.UnavailableError],
])('an answer of %i from anything between is a %o', async (status, kind) => {
  const error = await refusal(answering(status));
  expect((error as Error).constructor).toBe(kind);
  expect(error).toMatchObject({ status, code: '', name: kind.name, message: expect.stringContaining(`${status}`) as string });
});

test('a problem is told with all that it says', async () => {
  const problem = { error: 'validation_failed', detail: 'name: Too long.', trace_id: 'abc', errors: { name: ['Too long.'] } };
  const error = await refusal(answering(422, { 'Content-Type': 'application/problem+json' }, JSON.stringify(problem)));
  expect(error).toBeInstanceOf(sdk.ValidationFailedError);
  expect(error).toMatchObject({ code: 'validation_failed', message: 'name: Too long.', traceId: 'abc', errors: problem.errors });
});

test.each([
  [422, 'idempotency_key_reused', sdk.IdempotencyMismatchError],
  [409, 'quota_exceeded', sdk.QuotaExceededError],
])('an answer of %i says more by its code, %s', async (status, code, kind) => {
  const error = await refusal(answering(status, { 'Content-Type': 'application/problem+json' }, JSON.stringify({ error: code, detail: 'No.' })));
  expect((error as Error).constructor).toBe(kind);
});

test('the server says when to come again', async () => {
  expect(await refusal(answering(429, { 'Retry-After': '7' }))).toMatchObject({ retryAfter: 7 });
  expect(await refusal(answering(503, { 'Retry-After': '3' }))).toMatchObject({ retryAfter: 3 });
  expect(await refusal(answering(503))).toMatchObject({ retryAfter: undefined });
});

test('a problem that is none is no failure of its own', async () => {
  expect(await refusal(answering(500, { 'Content-Type': 'application/problem+json' }, '{'))).toBeInstanceOf(sdk.ServerError);
});
