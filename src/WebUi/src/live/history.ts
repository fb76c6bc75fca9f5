import type { LiveEvent } from '@/api/types';
import { SseParser } from './sse';

/** How far back it is looked, in ids: those of everybody count, and the server keeps those of an hour. The first answer that is whole counts. */
const reaches = [300, 40, 5];
const patience = 1_000;

type Fetch = (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;

/** What happened shortly before now, oldest first. Empty where the server doesn't know it any more. */
export async function readHistory(fetchStream: Fetch, signal: AbortSignal): Promise<LiveEvent[]> {
  const { lastId } = await read(fetchStream, null, null, signal);
  const now = Number(lastId);
  if (!lastId || !Number.isSafeInteger(now) || now <= 0) return [];
  for (const reach of reaches) {
    const { events } = await read(fetchStream, String(Math.max(0, now - reach)), now, signal);
    if (!events.some(({ type }) => type === 'stream.reset')) return events;
  }
  return [];
}

/** Reads a stream up to an id, or only to the first that it names. */
async function read(fetchStream: Fetch, after: string | null, upTo: number | null, signal: AbortSignal): Promise<{ events: LiveEvent[]; lastId: string | null }> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const connection = new AbortController();
  const end = (): void => connection.abort();
  stop.addEventListener('abort', end);
  const parser = new SseParser();
  const events: LiveEvent[] = [];
  try {
    const response = await fetchStream(after === null ? {} : { 'Last-Event-ID': after }, connection.signal);
    if (!response.ok || !response.body) return { events, lastId: null };
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      events.push(...parser.push(value).map(({ data }) => JSON.parse(data) as LiveEvent));
      if (parser.lastId !== null && (upTo === null || Number(parser.lastId) >= upTo || events[0]?.type === 'stream.reset')) break;
    }
  } catch (error) {
    // Nobody waits any longer: what has come by then is what there is. The id of the last event may be somebody else's, so that is usual.
    if (signal.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', end);
    connection.abort();
  }
  return { events, lastId: parser.lastId };
}
