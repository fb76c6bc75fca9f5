export interface ServerSentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Reads server-sent events from text that arrives in pieces cut anywhere. */
export class SseParser {
  /** The last id that the server named, with an event or without one. */
  lastId: string | null = null;

  private rest = '';
  private event = '';
  private data: string[] = [];

  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    // A line may end in CR LF; a CR at the end of a piece waits, for its LF may be in the next one.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0) events.push({ id: this.lastId, event: this.event || 'message', data: this.data.join('\n') });
        this.event = '';
        this.data = [];
      } else this.field(line);
    }
    return events;
  }

  private field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id' && !value.includes('\0')) this.lastId = value;
    else if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
  }
}
