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

test('a log that is read again from the last time has each line once', () => {
  const resume = new Resume();
  const [early, late] = ['2026-01-31T12:00:00.000001Z', '2026-01-31T12:00:00.000002Z'];
  resume.begin();
  expect(resume.take([line('a', early), line('b', late), line('b', late)])).toHaveLength(3);
  expect(resume.since).toBe(late);
  resume.begin();
  const again = resume.take([line('b', late), line('b', late), line('b', late), line('c', '2026-01-31T12:00:01Z')]);
  expect(again.map((each) => each.message)).toEqual(['b', 'c']);
  resume.begin();
  expect(resume.take([line('c', '2026-01-31T12:00:01Z')])).toEqual([]);
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
