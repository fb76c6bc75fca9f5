import { ApiError } from '@/api/problem';
import type { LogLine } from '@/api/types';
import { pause } from '@/lib/pause';
import { LineReader, Resume } from './lines';

export interface LogFilter {
  readonly search?: string | undefined;
  readonly pod?: string | undefined;
  /** How long ago, as the API takes it: `10m`. Without it the last {@link tail} lines. */
  readonly since?: string | undefined;
  /** What processes before the present ones wrote; that has an end. */
  readonly previous?: boolean | undefined;
}

export type Reading = 'connecting' | 'live' | 'lost' | 'done';

export interface LogParts {
  readonly agentId: string;
  readonly filter: LogFilter;
  readonly getToken: () => Promise<string | null>;
  readonly replaceToken: (refused: string) => Promise<string | null>;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  readonly onLines: (lines: readonly LogLine[]) => void;
  readonly onReading: (reading: Reading) => void;
  /** Hands over what has the connection made anew at once, from the line that came last. */
  readonly onRenewable?: (renew: () => void) => void;
  readonly random?: () => number;
  readonly now?: () => number;
}

export const tail = 2_000;
const shortest = 500;
const longest = 15_000;
/** A connection that lived so long, in ms, worked, even if its agent had nothing to say. */
const sound = 10_000;

/** Where the log is; `since` is where a reading that was cut off goes on. */
export function addressOf(agentId: string, filter: LogFilter, since: string | null): string {
  const query = new URLSearchParams();
  if (!filter.previous) query.set('follow', 'true');
  else query.set('previous', 'true');
  if (since ?? filter.since) query.set('since', since ?? filter.since!);
  else query.set('tail', String(tail));
  if (filter.search) query.set('search', filter.search);
  if (filter.pod) query.set('pod', filter.pod);
  return `/api/agents/${encodeURIComponent(agentId)}/logs?${query}`;
}

/**
 * Reads an agent's log and goes on with what comes, over interruptions and ends of tokens, each line once. Returns at the end of a log that has one, and
 * when there is nobody signed in; throws an {@link ApiError} for what trying again wouldn't mend.
 */
export async function followLog(parts: LogParts, signal: AbortSignal): Promise<void> {
  const { random = Math.random, now = () => performance.now() } = parts;
  const resume = new Resume();
  let failures = 0;
  let attempt = new AbortController();
  parts.onRenewable?.(() => {
    failures = 0;
    attempt.abort();
  });
  parts.onReading('connecting');
  while (!signal.aborted) {
    let isRefused = false;
    let opened: number | null = null;
    attempt = new AbortController();
    const either = AbortSignal.any([signal, attempt.signal]);
    try {
      const token = await parts.getToken();
      if (token === null) return;
      const response = await parts.fetch(addressOf(parts.agentId, parts.filter, resume.begin()), {
        headers: { Authorization: `Bearer ${token}`, Accept: 'application/x-ndjson' },
        signal: either,
        cache: 'no-store',
      });
      if (response.status === 401) {
        if ((await parts.replaceToken(token)) === null) return;
        isRefused = true;
      } else if (!response.ok) {
        const error = await ApiError.of(response);
        if (response.status < 500 && response.status !== 429) throw error;
      } else if (response.body !== null) {
        opened = now();
        parts.onReading('live');
        await read(response.body, (lines) => {
          failures = 0;
          parts.onLines(resume.take(lines));
        });
        if (parts.filter.previous) {
          parts.onReading('done');
          return;
        }
      }
    } catch (error) {
      // A lost connection is met by the next try.
      if (error instanceof ApiError) throw error;
    }
    if (signal.aborted) return;
    if (attempt.signal.aborted) continue;
    if (isRefused && failures === 0) {
      failures++;
      continue;
    }
    if (opened !== null && now() - opened >= sound) failures = 0;
    parts.onReading('lost');
    await pause(Math.min(longest, shortest * 2 ** failures++) * (0.5 + random() / 2), either);
  }
}

async function read(body: ReadableStream<Uint8Array>, onLines: (lines: LogLine[]) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const lines = new LineReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const come = lines.push(decoder.decode(value, { stream: true }));
    if (come.length > 0) onLines(come);
  }
}
