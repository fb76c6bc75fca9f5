// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogLine } from '@/api/types';
import { addressOf, followLog, type LogFilter, type Reading } from './follow';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const line = (second: number, message = String(second)): LogLine => ({ time: `2026-01-31T12:00:0${second}Z`, pod: 'r1-1', source: 'stdout', message });
const answer = (...lines: LogLine[]): Response => new Response(lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
const refusal = (status: number): Response => new Response(JSON.stringify({ detail: 'No.' }), { status });

/** Stays open until it is given up. */
const endless = (signal: AbortSignal, ...lines: LogLine[]): Response =>
  new Response(
    new ReadableStream({
      start: (body) => {
        body.enqueue(new TextEncoder().encode(lines.map((each) => `${JSON.stringify(each)}\n`).join('')));
        signal.addEventListener('abort', () => body.error(signal.reason));
      },
    }),
  );

async function run(answers: (Response | Error)[], filter: LogFilter = {}) {
  const stop = new AbortController();
  const asked: string[] = [];
  const lines: string[] = [];
  const readings: Reading[] = [];
  const end = followLog(
    {
      agentId: 'a',
      filter,
      getToken: () => Promise.resolve('old'),
      replaceToken: () => Promise.resolve('new'),
      fetch: (input) => {
        asked.push(input);
        const next = answers.shift();
        if (answers.length === 0 && !filter.previous) stop.abort();
        return next instanceof Response ? Promise.resolve(next) : Promise.reject(next ?? new TypeError('lost'));
      },
      onLines: (come) => lines.push(...come.map((each) => each.message)),
      onReading: (reading) => readings.push(reading),
      random: () => 0,
    },
    stop.signal,
  );
  const settled = end.then(
    () => undefined,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return { asked, lines, readings, error: await settled };
}

test('a log that was cut off goes on where it was', async () => {
  const { asked, lines, readings } = await run([answer(line(1), line(2)), new TypeError('lost'), answer(line(2), line(3)), refusal(503)]);
  expect(lines).toEqual(['1', '2', '3']);
  expect(asked[0]).toContain('tail=2000');
  expect(asked.slice(1)).toEqual(Array(3).fill(expect.stringContaining('since=2026-01-31T12%3A00%3A0')));
  expect(readings.slice(0, 5)).toEqual(['connecting', 'live', 'lost', 'lost', 'live']);
});

test('an end of the token is no lost connection', async () => {
  const { lines, readings } = await run([refusal(401), answer(line(1)), answer()]);
  expect(lines).toEqual(['1']);
  expect(readings.slice(0, 2)).toEqual(['connecting', 'live']);
});

test('a renewed connection goes on at once, with what was read', async () => {
  const stop = new AbortController();
  const asked: string[] = [];
  const lines: string[] = [];
  const readings: Reading[] = [];
  let renew = (): void => {};
  const end = followLog(
    {
      agentId: 'a',
      filter: {},
      getToken: () => Promise.resolve('token'),
      replaceToken: () => Promise.resolve(null),
      fetch: (input, { signal }) => {
        asked.push(input);
        return Promise.resolve(asked.length === 1 ? endless(signal!, line(1), line(2)) : endless(signal!, line(2), line(3)));
      },
      onLines: (come) => lines.push(...come.map((each) => each.message)),
      onReading: (reading) => readings.push(reading),
      onRenewable: (given) => (renew = given),
    },
    stop.signal,
  );
  await vi.waitFor(() => expect(lines).toEqual(['1', '2']));
  renew();
  await vi.waitFor(() => expect(lines).toEqual(['1', '2', '3']));
  expect(asked[1]).toContain('since=2026-01-31T12%3A00%3A0');
  expect(readings).toEqual(['connecting', 'live', 'live']);
  stop.abort();
  await end;
});

test('connections that lived for a while are no failures, even if nothing came', async () => {
  const stop = new AbortController();
  const waits: number[] = [];
  let ended = 0;
  let opened = 0;
  const end = followLog(
    {
      agentId: 'a',
      filter: {},
      getToken: () => Promise.resolve('token'),
      replaceToken: () => Promise.resolve(null),
      fetch: () => {
        if (opened++ > 0) waits.push(performance.now() - ended);
        if (opened > 6) stop.abort();
        return Promise.resolve(
          new Response(
            new ReadableStream({
              start: (body) =>
                void setTimeout(() => {
                  ended = performance.now();
                  body.close();
                }, 60_000),
            }),
          ),
        );
      },
      onLines: () => {},
      onReading: () => {},
      random: () => 1,
    },
    stop.signal,
  );
  await vi.runAllTimersAsync();
  await end;
  expect(Math.max(...waits)).toBeLessThanOrEqual(500);
});

test('what trying again would not mend is thrown', async () => {
  const { asked, error } = await run([refusal(404), answer(line(1))]);
  expect(asked).toHaveLength(1);
  expect(error).toMatchObject({ status: 404, message: 'No.' });
});

test('what earlier processes wrote has an end', async () => {
  const { asked, lines, readings } = await run([answer(line(1))], { previous: true });
  expect(asked).toEqual(['/api/agents/a/logs?previous=true&tail=2000']);
  expect(lines).toEqual(['1']);
  expect(readings.at(-1)).toBe('done');
});

test('a filter is part of the address', () => {
  expect(addressOf('a/b', { search: 'x y', pod: 'p', since: '10m' }, null)).toBe('/api/agents/a%2Fb/logs?follow=true&since=10m&search=x+y&pod=p');
});
