import { Check, ChevronLeft, ChevronRight, CircleAlert, Copy, RotateCw, Search, X, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ApiError, sentenceOf } from '@/api/problem';
import { cn } from '@/lib/cn';
import { duration, exact, relativeTime } from '@/lib/format';
import { useDebounced, useMoment, useNow } from '@/lib/hooks';
import { Button } from './ui/button';
import { Dialog, DialogActions } from './ui/dialog';
import { Field, FormError, Input } from './ui/form';
import { toastError } from './ui/toast';

/** How long ago; exactly when is a hover away. */
export function Time({ value, className }: { value: string; className?: string }) {
  const now = useNow();
  const time = new Date(value);
  return (
    <time dateTime={value} title={exact(time)} className={cn('whitespace-nowrap', className)}>
      {relativeTime(time, new Date(Math.max(now, Math.min(time.getTime(), now + 30_000))))}
    </time>
  );
}

export function Duration({ seconds }: { seconds: number }) {
  return (
    <span className="whitespace-nowrap" title={`${seconds} s`}>
      {duration(seconds)}
    </span>
  );
}

export function CopyButton({ text, label, className }: { /** Or how to make it, when that takes a while. */ text: string | (() => string); label: string; className?: string }) {
  const [copied, mark] = useMoment();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      mark();
    } catch {
      toastError(new Error('The browser doesn’t allow copying here; select the text and copy it yourself.'));
    }
  };
  return (
    <Button variant="ghost" size="icon" className={className} aria-label={copied ? 'Copied' : label} title={label} onClick={() => void copy()}>
      {copied ? <Check size={15} className="text-good" aria-hidden /> : <Copy size={15} aria-hidden />}
    </Button>
  );
}

/** An id or address, with a way to copy it. */
export function Mono({ children, copy }: { children: string; copy?: string }) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-0.5">
      <code className="min-w-0 font-mono text-[13px] break-all">{children}</code>
      {copy && <CopyButton text={children} label={copy} className="-my-2 size-8 text-soft" />}
    </span>
  );
}

/** Something to paste into a terminal or a program. */
export function Snippet({ code, label }: { code: string; label: string }) {
  return (
    <div className="flex min-w-0 rounded-lg border border-line bg-sunken text-left">
      <pre tabIndex={0} role="group" aria-label={label} className="min-w-0 flex-1 overflow-x-auto p-3.5 font-mono text-[13px] leading-relaxed text-ink">
        {code}
      </pre>
      <CopyButton text={code} label={`Copy ${label.toLowerCase()}`} className="m-1" />
    </div>
  );
}

export function PageHeader({ title, description, actions, children }: { title: ReactNode; description?: ReactNode; actions?: ReactNode; children?: ReactNode }) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4 sm:flex-nowrap">
      <div className="min-w-0 max-w-full">
        <h1 className="text-[22px] leading-8 font-semibold tracking-tight break-words">{title}</h1>
        {description && <div className="mt-1 max-w-prose text-soft">{description}</div>}
        {children}
      </div>
      {actions && <div className="flex shrink-0 flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

export function Empty({ icon: Icon, title, children, actions }: { icon: LucideIcon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-col items-center px-4 py-10 text-center sm:py-14">
      <div className="mb-4 grid size-11 place-items-center rounded-full bg-sunken text-soft">
        <Icon size={20} aria-hidden />
      </div>
      <p className="text-base font-semibold">{title}</p>
      {children && <div className="mt-1.5 w-full max-w-xl text-soft">{children}</div>}
      {actions && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Something that couldn't be loaded, and the way to try it again. */
export function LoadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const traceId = error instanceof ApiError ? error.traceId : undefined;
  return (
    <div role="alert" className="flex flex-col items-center rounded-xl border border-line bg-surface px-4 py-12 text-center">
      <CircleAlert size={24} className="mb-3 text-bad" aria-hidden />
      <p className="max-w-md font-medium">{sentenceOf(error)}</p>
      {traceId && <p className="mt-1 font-mono text-xs break-all text-soft">trace {traceId}</p>}
      <Button className="mt-5" onClick={onRetry}>
        <RotateCw size={15} aria-hidden />
        Try again
      </Button>
    </div>
  );
}

export function Pagination({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  if (pages <= 1) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-between gap-4">
      <Button size="sm" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        <ChevronLeft size={15} aria-hidden />
        Previous
      </Button>
      <span className="text-soft">
        Page {page} of {pages}
      </span>
      <Button size="sm" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        Next
        <ChevronRight size={15} aria-hidden />
      </Button>
    </nav>
  );
}

/** A search that asks once a person stops typing. `/` leads to it from anywhere. */
export function SearchBox({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) {
  const [text, setText] = useState(value);
  const settled = useDebounced(text);
  const told = useRef(value);
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    onChange(settled);
  }, [settled, onChange]);
  useEffect(() => {
    // The address changed by other means, such as the browser's way back.
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  return (
    <div className="relative min-w-0 flex-1 basis-56 sm:max-w-xs">
      <Search size={15} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-soft" aria-hidden />
      <Input
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && text !== '' && setText('')}
        className="px-9 [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== '' && (
        <button
          type="button"
          aria-label="Clear the search"
          className="absolute top-1/2 right-1 grid size-7 -translate-y-1/2 place-items-center rounded text-soft hover:text-ink"
          onClick={() => setText('')}
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  action: string;
  /** What has to be typed before it can be done. */
  typed?: string;
  onConfirm: () => Promise<unknown>;
}

/** Asks before something that can't be undone. Its error stays in it. */
export function Confirm({ open, onClose, title, children, action, typed, onConfirm }: ConfirmProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (open) {
      setText('');
      setError(null);
      setBusy(false);
    }
  }, [open]);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onClose={onClose} title={title} description={children}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
        className="space-y-4"
      >
        <FormError error={error} />
        {typed !== undefined && (
          <Field label={`Type “${typed}” to confirm`}>
            {(aria) => <Input {...aria} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" spellCheck={false} autoFocus />}
          </Field>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" busy={busy} disabled={typed !== undefined && text !== typed}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** A secret that the server tells this once. */
export function ShownOnce({ open, onClose, title, secret, children }: { open: boolean; onClose: () => void; title: string; secret: string; children: ReactNode }) {
  return (
    <Dialog open={open} onClose={onClose} title={title} description="Copy it now: it isn’t shown again." stays>
      <div className="space-y-4">
        <Snippet code={secret} label="Secret" />
        {children}
        <DialogActions>
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
