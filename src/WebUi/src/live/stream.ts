import type { LiveEvent } from '@/api/types';
import { pause } from '@/lib/pause';
import { SseParser } from './sse';

export type Connection = 'connecting' | 'live' | 'lost';

export interface StreamParts {
  /** A token to read with; null ends the stream for good. */
  readonly getToken: () => Promise<string | null>;
  readonly replaceToken: (refused: string) => Promise<string | null>;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  readonly onEvents: (events: readonly LiveEvent[], lastId: string | null) => void;
  readonly onConnection: (connection: Connection) => void;
  /** The stream goes on after this id. */
  readonly lastId: string | null;
  readonly random?: () => number;
}

/** The server gives a sign of life every 15 s; a connection that is silent for longer than this is dead without knowing it. */
const silence = 40_000;
const shortest = 500;
const longest = 15_000;

/** Follows `GET /api/events` for as long as it isn't aborted, over interruptions and ends of tokens, without a gap. */
export async function follow(parts: StreamParts, signal: AbortSignal): Promise<void> {
  const { random = Math.random } = parts;
  let lastId = parts.lastId;
  let failures = 0;
  parts.onConnection('connecting');
  while (!signal.aborted) {
    try {
      const token = await parts.getToken();
      if (token === null) return;
      const end = await readOnce(parts, token, lastId, signal, (id) => {
        lastId = id;
        failures = 0;
      });
      // A token that ran out, or a reader too slow: nothing is wrong with the connection, so it goes on at once.
      if (end === 'renew') {
        if ((await parts.replaceToken(token)) === null) return;
        continue;
      }
      if (end === 'again') continue;
    } catch {
      // A lost connection is met by the next try.
    }
    if (signal.aborted) return;
    parts.onConnection('lost');
    const delay = Math.min(longest, shortest * 2 ** failures++);
    await pause(delay * (0.5 + random() / 2), signal);
  }
}

type End = 'lost' | 'again' | 'renew';

async function readOnce(
  parts: StreamParts,
  token: string,
  lastId: string | null,
  signal: AbortSignal,
  onId: (id: string | null) => void,
): Promise<End> {
  const connection = new AbortController();
  const abort = (): void => connection.abort();
  signal.addEventListener('abort', abort);
  let watchdog = setTimeout(abort, silence);
  try {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' };
    if (lastId !== null) headers['Last-Event-ID'] = lastId;
    const response = await parts.fetch('/api/events', { headers, signal: connection.signal, cache: 'no-store' });
    if (response.status === 401) return 'renew';
    if (!response.ok || response.body === null) return 'lost';

    const parser = new SseParser();
    parser.lastId = lastId;
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let end: End = 'lost';
    parts.onConnection('live');
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return end;
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, silence);
      const events = parser.push(decoder.decode(value, { stream: true })).map((event) => JSON.parse(event.data) as LiveEvent);
      onId(parser.lastId);
      for (const event of events) {
        if (event.type === 'stream.dropped') end = 'again';
        if (event.type === 'stream.closed') end = event.data.reason.startsWith('credential_') ? 'renew' : 'lost';
      }
      parts.onEvents(events, parser.lastId);
    }
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
    connection.abort();
  }
}
