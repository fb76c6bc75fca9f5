import { describe, expect, it } from 'vitest';
import { readHistory } from './history';

const event = (id: number, type = 'stack.deleted'): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, timestamp: `2026-01-01T00:00:${String(id % 60).padStart(2, '0')}Z`, data: {} })}\n\n`;

/** A server whose newest event has this id and that remembers back to another one. */
function server(newest: number, oldest: number): { asked: string[]; fetch: Parameters<typeof readHistory>[0] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (headers) => {
      const after = headers['Last-Event-ID'];
      asked.push(after ?? 'now');
      const opening = `: connected\nid: ${after ?? newest}\n\n`;
      const rest =
        after === undefined
          ? ''
          : Number(after) < oldest - 1
            ? event(newest, 'stream.reset')
            : Array.from({ length: newest - Number(after) }, (_, index) => event(Number(after) + index + 1)).join('');
      // Like the real one it stays open: whoever has enough leaves.
      return new Response(new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(opening + rest)) }));
    },
  };
}

const never = new AbortController().signal;

describe('readHistory', () => {
  it('reads what happened before, the oldest first', async () => {
    const { asked, fetch } = server(4, 1);
    expect((await readHistory(fetch, never)).map(({ timestamp }) => timestamp.slice(-3))).toEqual(['01Z', '02Z', '03Z', '04Z']);
    expect(asked).toEqual(['now', '0']);
  });

  it('looks less far back where the server has forgotten', async () => {
    const { asked, fetch } = server(1_000, 970);
    expect(await readHistory(fetch, never)).toHaveLength(5);
    expect(asked).toEqual(['now', '700', '960', '995']);
  });

  it('is empty on a server without events, and on one that refuses', async () => {
    expect(await readHistory(server(0, 1).fetch, never)).toEqual([]);
    expect(await readHistory(async () => new Response(null, { status: 503 }), never)).toEqual([]);
  });
});
