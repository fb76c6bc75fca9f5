import type { LiveEvent } from '@/api/types';
import { Batch } from './batch';
import { readHistory } from './history';
import { follow, type Connection, type StreamParts } from './stream';

export interface SeenEvent {
  readonly key: string;
  readonly event: LiveEvent;
}

type Message =
  | { readonly type: 'events'; readonly user: string; readonly events: readonly LiveEvent[]; readonly lastId: string | null }
  | { readonly type: 'connection'; readonly user: string; readonly connection: Connection }
  | { readonly type: 'hello'; readonly user: string };

const kept = 200;

/**
 * One stream of events for all tabs of a browser: the tab that holds the lock reads and tells the others. HTTP/1.1 allows six connections to a
 * server, so a stream for each tab would stop the sixth from loading. When the reading tab closes, another goes on after the last id.
 */
export class LiveHub {
  private connection: Connection = 'connecting';
  private seen: readonly SeenEvent[] = [];
  private lastId: string | null = null;
  private reads = false;
  private stop: AbortController | null = null;
  private user = '';
  private count = 0;
  private readonly listeners = new Set<() => void>();
  private readonly batch = new Batch<LiveEvent>((events) => this.show(events));
  private readonly channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('stackagent.live') : null;

  constructor(
    private readonly parts: Pick<StreamParts, 'getToken' | 'replaceToken' | 'fetch'>,
    private readonly apply: (events: readonly LiveEvent[]) => void,
  ) {
    if (this.channel) this.channel.onmessage = (event: MessageEvent<Message>) => this.receive(event.data);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getConnection = (): Connection => this.connection;

  /** What happened lately, newest first: what the server remembered when the page was loaded, and everything since. */
  readonly getSeen = (): readonly SeenEvent[] => this.seen;

  start(user: string): void {
    this.end();
    this.user = user;
    this.seen = [];
    this.lastId = null;
    const stop = (this.stop = new AbortController());
    this.send({ type: 'hello', user });
    void this.recall(stop.signal);
    const lead = async (): Promise<void> => {
      this.reads = true;
      try {
        await follow(
          {
            ...this.parts,
            lastId: this.lastId,
            onConnection: (connection) => {
              this.become(connection);
              this.send({ type: 'connection', user, connection });
            },
            onEvents: (events, lastId) => {
              this.lastId = lastId;
              this.send({ type: 'events', user, events, lastId });
              this.batch.add(events);
            },
          },
          stop.signal,
        );
      } finally {
        this.reads = false;
      }
    };
    if ('locks' in navigator) void navigator.locks.request(`stackagent.live.${user}`, { signal: stop.signal }, lead).catch(() => undefined);
    else void lead();
  }

  end(): void {
    this.stop?.abort();
    this.stop = null;
    this.connection = 'connecting';
  }

  /** Puts what happened before below what has happened since. It is only to be read: what is shown was loaded after it. */
  private async recall(signal: AbortSignal): Promise<void> {
    const token = await this.parts.getToken().catch(() => null);
    if (token === null) return;
    const past = await readHistory(
      (headers, stop) => this.parts.fetch('/api/events', { headers: { ...headers, Authorization: `Bearer ${token}` }, signal: stop, cache: 'no-store' }),
      signal,
    ).catch(() => []);
    if (signal.aborted || past.length === 0) return;
    const known = new Set(this.seen.map(({ event }) => JSON.stringify(event)));
    const news = past.filter((event) => !event.type.startsWith('stream.') && !known.has(JSON.stringify(event)));
    this.seen = [...this.seen, ...news.reverse().map((event) => ({ key: `e${++this.count}`, event }))].slice(0, kept);
    this.notify();
  }

  private receive(message: Message): void {
    if (this.stop === null || message.user !== this.user) return;
    if (message.type === 'hello') {
      if (this.reads) this.send({ type: 'connection', user: this.user, connection: this.connection });
    } else if (message.type === 'connection') this.become(message.connection);
    else if (!this.reads) {
      this.lastId = message.lastId;
      this.batch.add(message.events);
    }
  }

  private send(message: Message): void {
    this.channel?.postMessage(message);
  }

  private show(events: readonly LiveEvent[]): void {
    if (this.stop === null) return;
    const news = events.filter((event) => !event.type.startsWith('stream.')).map((event) => ({ key: `e${++this.count}`, event }));
    if (news.length > 0) this.seen = [...news.reverse(), ...this.seen].slice(0, kept);
    this.apply(events);
    this.notify();
  }

  private become(connection: Connection): void {
    if (connection === this.connection) return;
    this.connection = connection;
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
