import { describe, expect, it } from 'vitest';
import { bytes, count, duration, relativeTime } from './format';

const now = new Date('2026-06-15T12:00:00Z');
const before = (seconds: number): string => relativeTime(new Date(now.getTime() - seconds * 1000), now);

describe('format', () => {
  it('says how long ago in the largest unit that fits', () => {
    expect([before(3), before(42), before(185), before(7_300), before(-3_600)]).toEqual(['now', '42s ago', '3m ago', '2h ago', 'in 1h']);
    expect(before(3 * 86_400)).toBe('3d ago');
    expect(before(30 * 86_400)).toBe('May 16');
    expect(before(400 * 86_400)).toBe('May 11, 2025');
  });

  it('says how long in two units at most', () => {
    expect([0.0426, 3.14159, 12.5, 185, 7_800, 360_000].map(duration)).toEqual(['43 ms', '3.1 s', '13 s', '3 min 5 s', '2 h 10 min', '4 d 4 h']);
    expect(duration(3_600)).toBe('1 h');
  });

  it('counts', () => {
    expect([bytes(999), bytes(1_500), bytes(203_000_000)]).toEqual(['999 B', '1.5 kB', '203 MB']);
    expect([count(1, 'try', 'tries'), count(1_200, 'agent')]).toEqual(['1 try', '1,200 agents']);
  });
});
