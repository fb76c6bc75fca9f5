import { useEffect, useRef, useState, useSyncExternalStore } from 'react';

let now = Date.now();
const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** The time, to within ten seconds: one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      ticking ??= setInterval(() => {
        now = Date.now();
        for (const each of watchers) each();
      }, 10_000);
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) {
          clearInterval(ticking);
          ticking = undefined;
        }
      };
    },
    () => now,
  );
}

/** The value as it was when it last stayed the same for so long. */
export function useDebounced<T>(value: T, milliseconds = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · StackAgent` : 'StackAgent';
  }, [title]);
}

/** True for a moment after `mark` was called. */
export function useMoment(milliseconds = 1_600): [boolean, () => void] {
  const [on, setOn] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    on,
    () => {
      setOn(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setOn(false), milliseconds);
    },
  ];
}

/** A choice of the reader's that this browser remembers. */
export function useSetting(name: string, initial: boolean): [boolean, (value: boolean) => void] {
  const key = `stackagent.${name}`;
  const [value, setValue] = useState(() => {
    try {
      return (localStorage.getItem(key) ?? String(initial)) === 'true';
    } catch {
      return initial;
    }
  });
  return [
    value,
    (next) => {
      setValue(next);
      try {
        localStorage.setItem(key, String(next));
      } catch {
        // A browser that keeps nothing forgets it with the page.
      }
    },
  ];
}
