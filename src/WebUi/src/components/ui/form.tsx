import { CircleAlert } from 'lucide-react';
import { useId, type ComponentProps, type ReactElement, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { ApiError, sentenceOf } from '@/api/problem';

const control =
  'w-full rounded-md border border-line-strong/70 bg-surface px-3 text-ink placeholder:text-soft transition-colors ' +
  'hover:border-line-strong focus-visible:outline-offset-0 aria-invalid:border-bad disabled:opacity-60';

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input className={cn(control, 'h-9', className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(control, 'min-h-20 py-2', className)} {...props} />;
}

/** The browser's own list: works by keyboard, on phones and with any policy. */
export function Select({ className, fits, ...props }: ComponentProps<'select'> & { /** As wide as its longest entry. */ fits?: boolean }) {
  return <select className={cn(control, 'h-9 pr-2', fits && 'w-auto! max-w-full', className)} {...props} />;
}

export interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** The server's sentences about this field. */
  errors?: readonly string[] | undefined;
  optional?: boolean;
  /** Across from the label, and no part of the control's name. */
  aside?: ReactNode;
  children: (aria: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactElement;
}

/** A control with its label, and what is to be said about it, tied together for those who can't see that they belong together. */
export function Field({ label, hint, errors = [], optional, aside, children }: FieldProps) {
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : '', errors.length > 0 ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="space-y-1.5">
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="flex flex-1 items-baseline justify-between gap-2 font-medium">
          {label}
          {optional && <span className="text-[13px] font-normal text-soft">optional</span>}
        </label>
        {aside}
      </div>
      {children({ id, 'aria-describedby': describedBy || undefined, 'aria-invalid': errors.length > 0 || undefined })}
      {hint && (
        <p id={`${id}-hint`} className="text-[13px] text-soft">
          {hint}
        </p>
      )}
      <FieldErrors id={`${id}-error`} errors={errors} />
    </div>
  );
}

/** What is wrong with a control that refers to it by its id. */
export function FieldErrors({ id, errors }: { id: string; errors: readonly string[] }) {
  if (errors.length === 0) return null;
  return (
    <p id={id} className="flex items-start gap-1.5 text-[13px] text-bad">
      <CircleAlert size={14} className="mt-[3px] shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{errors.join(' ')}</span>
    </p>
  );
}

/** A sentence of the server's, and what it is about: a field, or a setting in a file that was sent. Null: all of it. */
export interface Remark {
  readonly about: string | null;
  readonly text: string;
}

/** What the server says about each of a form's fields, and whatever belongs to none of them. */
export function errorsOf(error: unknown, fields: readonly string[]): { of: (field: string) => readonly string[] | undefined; rest: readonly Remark[] } {
  if (!error) return { of: () => undefined, rest: [] };
  const errors = error instanceof ApiError ? error.errors : {};
  const others = Object.entries(errors).filter(([field]) => !fields.includes(field));
  const rest =
    Object.keys(errors).length === 0
      ? [{ about: null, text: sentenceOf(error) }]
      : others.map(([field, sentences]) => ({ about: field, text: sentences.join(' ') }));
  return { of: (field) => errors[field], rest };
}

/** An error that belongs to a whole form. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  const { rest } = errorsOf(error, fields);
  if (rest.length === 0) return null;
  const traceId = error instanceof ApiError ? error.traceId : undefined;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-bad/35 bg-bad-wash px-3 py-2.5 text-bad">
      <CircleAlert size={16} className="mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <Remarks remarks={rest} />
        {traceId && <p className="mt-0.5 font-mono text-xs break-all">trace {traceId}</p>}
      </div>
    </div>
  );
}

/** One sentence as it is, several as a list. */
export function Remarks({ remarks }: { remarks: readonly Remark[] }) {
  const line = ({ about, text }: Remark): ReactNode => (
    <>
      {about && <code className="font-mono text-[13px] break-all">{about}: </code>}
      {text}
    </>
  );
  if (remarks.length === 1) return <p>{line(remarks[0]!)}</p>;
  return (
    <ul className="space-y-1">
      {remarks.map((remark, index) => (
        <li key={index}>{line(remark)}</li>
      ))}
    </ul>
  );
}

/** A form's values as text, trimmed but for passwords. */
export function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(
    [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? (name.includes('password') ? value : value.trim()) : '']),
  );
}
