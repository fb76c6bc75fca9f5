import { describe, expect, it } from 'vitest';
import { SseParser } from './sse';

const stream = ': connected\nretry: 2000\nid: 41\n\nid: 42\nevent: session.status_changed\ndata: {"a":\ndata: "ü→🎉"}\n\n: heartbeat\nid: 45\n\n';

describe('SseParser', () => {
  it('reads events, ids without events, comments and several lines of data', () => {
    const parser = new SseParser();
    expect(parser.push(stream)).toEqual([{ id: '42', event: 'session.status_changed', data: '{"a":\n"ü→🎉"}' }]);
    expect(parser.lastId).toBe('45');
  });

  it('reads the same however the text is cut, with any line end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = stream.replaceAll('\n', end);
      for (let at = 0; at <= text.length; at++) {
        const parser = new SseParser();
        const events = [...parser.push(text.slice(0, at)), ...parser.push(text.slice(at))];
        // A CR at the very end may be half of a line end, so the last id may still be on its way.
        expect(events, `cut at ${at}`).toHaveLength(1);
        expect(events[0]?.data).toBe('{"a":\n"ü→🎉"}');
      }
    }
  });

  it('keeps nothing of an event without data', () => {
    const parser = new SseParser();
    expect(parser.push('event: a\n\ndata: 1\n\n')).toEqual([{ id: null, event: 'message', data: '1' }]);
  });
});
