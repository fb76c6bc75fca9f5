import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Toast } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { ApiError, sentenceOf } from '@/api/problem';
import { Button } from './button';

interface Note {
  readonly id: number;
  readonly kind: 'good' | 'bad';
  readonly text: string;
  readonly traceId?: string | undefined;
}

const shown = 4;
let notes: readonly Note[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Note[]): void {
  notes = next;
  for (const listener of listeners) listener();
}

export function toast(text: string): void {
  set([...notes, { id: ++count, kind: 'good' as const, text }].slice(-shown));
}

export function toastError(error: unknown): void {
  const text = sentenceOf(error);
  const traceId = error instanceof ApiError ? error.traceId : undefined;
  // Ten failures of one cause are one thing to read.
  set([...notes.filter((note) => note.text !== text), { id: ++count, kind: 'bad' as const, text, traceId }].slice(-shown));
}

export function Toasts() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notes,
  );
  return (
    <Toast.Provider swipeDirection="right" label="Notice">
      {current.map((note) => (
        <Toast.Root
          key={note.id}
          type={note.kind === 'bad' ? 'foreground' : 'background'}
          duration={note.kind === 'bad' ? 12_000 : 4_000}
          onOpenChange={(open) => !open && set(notes.filter((other) => other.id !== note.id))}
          className="appear flex items-start gap-2.5 rounded-lg border border-line bg-surface p-3 shadow-lg shadow-black/10"
        >
          {note.kind === 'bad' ? (
            <CircleAlert size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
          ) : (
            <CircleCheck size={17} className="mt-0.5 shrink-0 text-good" aria-hidden />
          )}
          <Toast.Description asChild>
            <div className="min-w-0 flex-1 break-words">
              {note.text}
              {note.traceId && <div className="mt-0.5 font-mono text-xs break-all text-soft">trace {note.traceId}</div>}
            </div>
          </Toast.Description>
          <Toast.Close asChild>
            <Button variant="ghost" size="icon" className="-my-1.5 -mr-1.5" aria-label="Dismiss">
              <X size={15} aria-hidden />
            </Button>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed right-0 bottom-0 z-50 m-0 flex w-full max-w-md list-none flex-col gap-2 p-4 outline-none" />
    </Toast.Provider>
  );
}
