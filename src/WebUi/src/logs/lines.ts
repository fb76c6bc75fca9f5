import type { LogLine } from '@/api/types';

/** Reads JSON lines from text that arrives in pieces cut anywhere. */
export class LineReader {
  private rest = '';

  push(text: string): LogLine[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
  }
}

/** Lines that are shown together, so that only the last of these changes when more come. */
export interface Block {
  readonly id: number;
  readonly lines: readonly LogLine[];
}

const blockSize = 100;

/** The newest lines of a log, in blocks: `most` lines and up to a block more, however much is written. */
export class LogBuffer {
  /** Lines that came and went again. */
  dropped = 0;

  private list: readonly Block[] = [];
  private nextId = 0;

  constructor(private readonly most = 10_000) {}

  get blocks(): readonly Block[] {
    return this.list;
  }

  get count(): number {
    return this.list.reduce((sum, block) => sum + block.lines.length, 0);
  }

  add(lines: readonly LogLine[]): void {
    // What would be dropped at once needn't be put into blocks first.
    const surplus = Math.max(0, lines.length - this.most - blockSize);
    this.dropped += surplus;
    const list = [...this.list];
    for (let at = surplus; at < lines.length; ) {
      const last = list.at(-1);
      const room = last ? blockSize - last.lines.length : 0;
      const taken = lines.slice(at, at + (room || blockSize));
      if (last && room > 0) list[list.length - 1] = { id: last.id, lines: [...last.lines, ...taken] };
      else list.push({ id: this.nextId++, lines: taken });
      at += taken.length;
    }
    let count = list.reduce((sum, block) => sum + block.lines.length, 0);
    let first = 0;
    for (; count - list[first]!.lines.length >= this.most && first < list.length - 1; first++) {
      count -= list[first]!.lines.length;
      this.dropped += list[first]!.lines.length;
    }
    this.list = list.slice(first);
  }
}

const overlapLines = 1_000;
const overlapMilliseconds = 2_000;

/** Where the server says that it stops, so that somebody who reads it in a terminal knows. Here the log is read on. */
const farewell = /\bRead on with\b/;

/**
 * Knows which lines have come lately, so that a log that is read on has each line once. It is read on from a little before its end: several lines may have
 * been written at one time, and those of several pods come a little out of order.
 */
export class Resume {
  private recent: { time: string; key: string }[] = [];
  private repeats = new Map<string, number>();

  /** From when to read on; null before the first line. The log is about to be read again from then. */
  begin(): string | null {
    const newest = Math.max(...this.recent.map(({ time }) => Date.parse(time)));
    const overlap = this.recent.filter(({ time }) => Date.parse(time) >= newest - overlapMilliseconds);
    const since = overlap.reduce<string | null>((earliest, { time }) => (earliest === null || time < earliest ? time : earliest), null);
    this.repeats = new Map();
    for (const { time, key } of this.recent) if (since !== null && time >= since) this.repeats.set(key, (this.repeats.get(key) ?? 0) + 1);
    return since;
  }

  /** The lines that hadn't come before. */
  take(lines: readonly LogLine[]): LogLine[] {
    const fresh = lines.filter((line) => {
      if (line.source === 'server' && line.pod === '-' && farewell.test(line.message)) return false;
      const key = keyOf(line);
      const left = this.repeats.get(key) ?? 0;
      if (left > 0) this.repeats.set(key, left - 1);
      return left === 0;
    });
    this.recent.push(...fresh.slice(-overlapLines).map((line) => ({ time: line.time, key: keyOf(line) })));
    if (this.recent.length > overlapLines) this.recent = this.recent.slice(-overlapLines);
    return fresh;
  }
}

const keyOf = (line: LogLine): string => `${line.time} ${line.pod} ${line.source} ${line.message}`;

const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A line's text without what colours and moves a terminal's cursor; other control characters as their pictures. */
export function plain(message: string): string {
  return message
    .replace(escapes, '')
    .replace(/\r$/, '')
    .replace(controls, (character) => (character === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + character.charCodeAt(0))));
}

/** A text cut where `search` occurs in it, in any case: every second piece is a hit. */
export function hits(text: string, search: string): string[] {
  if (search === '') return [text];
  return text.split(new RegExp(`(${search.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`, 'gi'));
}
