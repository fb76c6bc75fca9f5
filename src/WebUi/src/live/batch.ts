/** How long a page that has just changed stays as it is: nobody reads what changes eight times a second. */
const calm = 500;

/**
 * Gathers what comes within a frame and hands it over together; when much comes, twice a second. In a tab that isn't shown there are no frames, so a
 * timer stands in.
 */
export class Batch<T> {
  private waiting: T[] = [];
  private scheduled = false;
  private last = 0;

  constructor(private readonly handle: (items: readonly T[]) => void) {}

  add(items: readonly T[]): void {
    if (items.length === 0) return;
    this.waiting.push(...items);
    if (this.scheduled) return;
    this.scheduled = true;
    const rest = this.last + calm - Date.now();
    if (rest > 0) setTimeout(this.flush, rest);
    else if (document.visibilityState === 'visible') requestAnimationFrame(this.flush);
    else setTimeout(this.flush, 250);
  }

  private readonly flush = (): void => {
    const items = this.waiting;
    this.waiting = [];
    this.scheduled = false;
    this.last = Date.now();
    this.handle(items);
  };
}

/** Calls for each key at once at first, and then at most once in an interval, the last time included. */
export class Throttle {
  private readonly pending = new Map<string, { again: boolean }>();

  constructor(private readonly interval: number) {}

  run(key: string, action: () => void): void {
    const waiting = this.pending.get(key);
    if (waiting) {
      waiting.again = true;
      return;
    }
    const entry = { again: false };
    this.pending.set(key, entry);
    action();
    setTimeout(() => {
      this.pending.delete(key);
      if (entry.again) this.run(key, action);
    }, this.interval);
  }
}
