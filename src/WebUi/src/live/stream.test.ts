// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent } from '@/api/types';
import { follow, type Connection } from './stream';

const event = (id: number, type = 'stack.deleted', data: object = {}): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, timestamp: '2026-01-01T00:00:00Z', data })}\n\n`;

/** A server that plays what each connection gets, and remembers what it was asked. */
class Server {
  readonly asked: { token: string | null; lastId: string | null }[] = [];
  readonly seen: LiveEvent[] = [];
  readonly connections: Connection[] = [];
  readonly abort = new AbortController();
  token: string | null = 'one';
  private readonly plays: ((stream: ReadableStreamDefaultController<Uint8Array>) => void | Response)[] = [];

  next(play: (stream: ReadableStreamDefaultController<Uint8Array>) => void | Response): this {
    this.plays.push(play);
    return this;
  }

  send(...texts: string[]): this {
    return this.next((stream) => {
      for (const text of texts) stream.enqueue(new TextEncoder().encode(text));
      stream.close();
    });
  }

  run(): Promise<void> {
    return follow(
      {
        lastId: null,
        getToken: async () => this.token,
        replaceToken: async () => (this.token = this.token === null ? null : 'two'),
        fetch: async (_input, init) => {
          const headers = init.headers as Record<string, string>;
          this.asked.push({ token: headers['Authorization'] ?? null, lastId: headers['Last-Event-ID'] ?? null });
          const play = this.plays.shift();
          if (!play) {
            this.abort.abort();
            throw new TypeError('nothing more to play');
          }
          let answer: void | Response = undefined;
          const body = new ReadableStream<Uint8Array>({
            start: (stream) => {
              answer = play(stream);
              init.signal?.addEventListener('abort', () => stream.error(new DOMException('', 'AbortError')));
            },
          });
          return answer ?? new Response(body);
        },
        onEvents: (events) => this.seen.push(...events),
        onConnection: (connection) => this.connections.push(connection),
        random: () => 1,
      },
      this.abort.signal,
    );
  }
}

describe('follow', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('goes on after the last id, that of a heartbeat too', async () => {
    const server = new Server().send('id: 7\n\n', event(8), ': heartbeat\nid: 12\n\n').send(event(13));
    const run = server.run();
    await vi.runAllTimersAsync();
    await run;
    expect(server.asked.map(({ lastId }) => lastId)).toEqual([null, '12', '13']);
    expect(server.seen).toHaveLength(2);
    expect(server.connections).toEqual(['connecting', 'live', 'lost', 'live', 'lost']);
  });

  it('takes a new token at once when the old one has ended, without calling that a lost connection', async () => {
    const closed = `event: stream.closed\ndata: {"type":"stream.closed","timestamp":"2026-01-01T00:00:00Z","data":{"reason":"credential_expired","message":""}}\n\n`;
    const server = new Server().send('id: 3\n\n', closed).next(() => undefined);
    const run = server.run();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked).toEqual([
      { token: 'Bearer one', lastId: null },
      { token: 'Bearer two', lastId: '3' },
    ]);
    expect(server.connections).toEqual(['connecting', 'live', 'live']);
    server.abort.abort();
    await run;
  });

  it('ends when nobody is signed in any more', async () => {
    const server = new Server().next(() => {
      server.token = null;
      return new Response(null, { status: 401 });
    });
    await server.run();
    expect(server.asked).toHaveLength(1);
  });

  it('waits longer after each failure, and begins anew once something came', async () => {
    const failure = (): Response => new Response(null, { status: 503 });
    const server = new Server().next(failure).next(failure).send('id: 1\n\n').next(failure);
    const run = server.run();
    await vi.advanceTimersByTimeAsync(499);
    expect(server.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.asked).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(500);
    expect(server.asked).toHaveLength(4);
    server.abort.abort();
    await run;
  });

  it('tries at once when the browser says that the network is back', async () => {
    const server = new Server().next(() => new Response(null, { status: 503 })).next(() => undefined);
    const run = server.run();
    await vi.advanceTimersByTimeAsync(1);
    expect(server.asked).toHaveLength(1);
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked).toHaveLength(2);
    server.abort.abort();
    await run;
  });

  it('gives up a connection that shows no sign of life', async () => {
    const server = new Server().next((stream) => stream.enqueue(new TextEncoder().encode('id: 5\n\n'))).next(() => undefined);
    const run = server.run();
    await vi.advanceTimersByTimeAsync(39_999);
    expect(server.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(501);
    expect(server.asked[1]?.lastId).toBe('5');
    server.abort.abort();
    await run;
  });
});
