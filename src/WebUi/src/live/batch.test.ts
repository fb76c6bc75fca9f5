// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Batch, Throttle } from './batch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('Batch', () => {
  it('hands over together what comes within a frame, and leaves the page alone for a while then', () => {
    const handled: (readonly number[])[] = [];
    const batch = new Batch<number>((items) => handled.push(items));
    batch.add([1]);
    batch.add([]);
    batch.add([2, 3]);
    vi.advanceTimersByTime(20);
    batch.add([4]);
    vi.advanceTimersByTime(100);
    batch.add([5]);
    expect(handled).toEqual([[1, 2, 3]]);
    vi.advanceTimersByTime(500);
    expect(handled).toEqual([[1, 2, 3], [4, 5]]);
  });
});

describe('Throttle', () => {
  it('runs at once, then no more often than the interval, and the last call is not lost', () => {
    const throttle = new Throttle(2_000);
    let runs = 0;
    for (let time = 0; time < 5_000; time += 100) {
      throttle.run('key', () => runs++);
      if (time === 0) expect(runs).toBe(1);
      vi.advanceTimersByTime(100);
    }
    expect(runs).toBe(3);
    vi.advanceTimersByTime(2_000);
    expect(runs).toBe(4);
    vi.advanceTimersByTime(10_000);
    expect(runs).toBe(4);
  });

  it('keeps keys apart', () => {
    const throttle = new Throttle(2_000);
    const runs: string[] = [];
    for (const key of ['a', 'b', 'a']) throttle.run(key, () => runs.push(key));
    expect(runs).toEqual(['a', 'b']);
  });
});
