import { expect, test } from 'vitest';
import type { LogLine } from '@/api/types';
import { hits, LineReader, LogBuffer, plain, Resume } from './lines';

const line = (message: string, time = '2026-01-31T12:00:00.000001Z', pod = 'r1-1'): LogLine => ({ time, pod, source: 'stdout', message });
const lines = (count: number, from = 0): LogLine[] => Array.from({ length: count }, (_, index) => line(String(from + index)));
const shown = (buffer: LogBuffer): string[] => buffer.blocks.flatMap((block) => block.lines.map((each) => each.message));

test('lines are read from pieces cut anywhere', () => {
  const reader = new LineReader();
  const text = `${JSON.stringify(line('one'))}\n${JSON.stringify(line('two'))}\n\n`;
  expect([...text].flatMap((character) => reader.push(character)).map((each) => each.message)).toEqual(['one', 'two']);
});

test('a buffer keeps the newest lines in order, and leaves whole blocks as they are', () => {
  const buffer = new LogBuffer(250);
  buffer.add(lines(130));
  const [first] = buffer.blocks;
  buffer.add(lines(70, 130));
  expect(buffer.blocks[0]).toBe(first);
  expect(shown(buffer)).toEqual(lines(200).map((each) => each.message));
  buffer.add(lines(400, 200));
  expect(buffer.count).toBeGreaterThanOrEqual(250);
  expect(buffer.count).toBeLessThan(350);
  expect(buffer.count + buffer.dropped).toBe(600);
  expect(shown(buffer).at(-1)).toBe('599');
  expect(shown(buffer)).toEqual([...shown(buffer)].sort((a, b) => Number(a) - Number(b)));
});

test('a buffer that gets far more than it keeps at once drops what it would drop anyway', () => {
  const buffer = new LogBuffer(250);
  buffer.add(lines(50_000));
  expect(buffer.count + buffer.dropped).toBe(50_000);
  expect(buffer.count).toBeLessThan(350);
  expect(shown(buffer).at(-1)).toBe('49999');
});

test('a log that is read on has each line once, also those of one time and those out of order', () => {
  const resume = new Resume();
  const at = (second: number): string => `2026-01-31T12:00:0${second}.000001Z`;
  const texts = (lines: readonly LogLine[]): string[] => resume.take(lines).map((each) => each.message);
  expect(resume.begin()).toBeNull();
  expect(texts([line('early', at(1)), line('a', at(7)), line('b', at(8)), line('b', at(8)), line('late', at(7), 'r1-2')])).toHaveLength(5);
  expect(resume.begin()).toBe(at(7));
  expect(texts([line('a', at(7)), line('late', at(7), 'r1-2'), line('b', at(8)), line('b', at(8)), line('b', at(8)), line('c', at(9))])).toEqual(['b', 'c']);
  resume.begin();
  expect(texts([line('b', at(8)), line('b', at(8)), line('b', at(8)), line('c', at(9))])).toEqual([]);
});

test('what the server says as it stops is no part of the log', () => {
  const resume = new Resume();
  resume.begin();
  const remark = { ...line('The server is shutting down. Read on with since.', undefined, '-'), source: 'server' as const };
  expect(resume.take([remark, line('Read on with the next chapter')])).toEqual([line('Read on with the next chapter')]);
  expect(resume.begin()).toBe(line('').time);
});

test.each([
  ['\u001b[31mred\u001b[0m and \u001b[1;38;5;12mblue\u001b[m', 'red and blue'],
  ['\u001b]0;title\u0007text', 'text'],
  ['progress 10 %\r', 'progress 10 %'],
  ['bell\u0007 null\u0000 tab\t', 'bell␇ null␀ tab\t'],
  ['<b>no HTML</b>', '<b>no HTML</b>'],
])('%j is shown as %j', (message, text) => {
  expect(plain(message)).toBe(text);
});

test('hits are found in any case, and whatever is searched for is no pattern', () => {
  expect(hits('Error: an error', 'ERROR')).toEqual(['', 'Error', ': an ', 'error', '']);
  expect(hits('a.c abc (', 'a.c')).toEqual(['', 'a.c', ' abc (']);
  expect(hits('(', '(')).toEqual(['', '(', '']);
  expect(hits('text', '')).toEqual(['text']);
});
