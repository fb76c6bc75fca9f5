import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleX, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { upload } from '@/api/client';
import { ApiError } from '@/api/problem';
import type { CodePreview, Finding, FindingLevel } from '@/api/types';
import { cn } from '@/lib/cn';
import { bytes, count } from '@/lib/format';
import { Progress } from './progress';
import { Button } from './ui/button';
import { errorsOf, Remarks } from './ui/form';

/** Larger files are sent twice only when somebody asks for it. */
export const checkedAtOnce = 10_000_000;

export interface CodeCheck {
  readonly isPending: boolean;
  readonly sent: number;
  readonly preview: CodePreview | undefined;
  /** What the server would refuse, or why it couldn't be asked. */
  readonly error: unknown;
  readonly start: (form: FormData) => void;
  readonly reset: () => void;
}

/** Asks the server what would come of an upload, without anything being stored: the dry run of that call. */
export function useCodeCheck(method: 'POST' | 'PUT', address: string): CodeCheck {
  const [sent, setSent] = useState(0);
  const cancel = useRef<AbortController>(null);
  const { mutate, reset: forget, isPending, data, error } = useMutation({
    mutationFn: ({ form, signal }: { form: FormData; signal: AbortSignal }) => upload<CodePreview>(method, `${address}?dry_run=true`, form, setSent, signal),
    meta: { inline: true },
  });
  useEffect(() => () => cancel.current?.abort(), []);
  const reset = useCallback(() => {
    cancel.current?.abort();
    forget();
  }, [forget]);
  const start = useCallback(
    (form: FormData) => {
      cancel.current?.abort();
      cancel.current = new AbortController();
      setSent(0);
      mutate({ form, signal: cancel.current.signal });
    },
    [mutate],
  );
  return { isPending, sent, preview: data, error, start, reset };
}

/** True when what was found says that the agent would be stored and then fail. */
export const isHopeless = (preview: CodePreview | undefined): boolean => preview?.findings.some(({ level }) => level === 'error') ?? false;

interface CheckResultProps {
  check: CodeCheck;
  /** Of the form, which shows what is said about them itself. */
  fields: readonly string[];
  onCheck: () => void;
}

/** What the server says about a ZIP before it is deployed. */
export function CheckResult({ check, fields, onCheck }: CheckResultProps) {
  if (check.isPending) return <Progress part={check.sent}>{check.sent < 1 ? 'Sending it to be checked' : 'The server looks at what is in it'}</Progress>;
  if (check.preview) return <Preview preview={check.preview} />;
  if (check.error) return <Refusal error={check.error} fields={fields} onCheck={onCheck} />;
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 text-[13px] text-soft">
      <p className="min-w-0 flex-1 basis-56">It is large, so it is sent once and checked when you deploy it.</p>
      <Button size="sm" onClick={onCheck}>
        Check it first
      </Button>
    </div>
  );
}

const looks: Record<FindingLevel, { icon: LucideIcon; tone: string; word: string }> = {
  error: { icon: CircleX, tone: 'text-bad', word: 'Problem' },
  warning: { icon: TriangleAlert, tone: 'text-warn', word: 'Warning' },
  info: { icon: Info, tone: 'text-soft', word: 'Note' },
};

function Preview({ preview: { code, entry_point: entry, findings } }: { preview: CodePreview }) {
  const worst = findings[0]?.level ?? 'info';
  const [Icon, tone, verdict] =
    worst === 'error'
      ? ([CircleX, 'text-bad', 'It would be deployed, and fail'] as const)
      : worst === 'warning'
        ? ([TriangleAlert, 'text-warn', 'It can be deployed; look at this first'] as const)
        : ([CircleCheck, 'text-good', 'It can be deployed'] as const);
  const command = entry && [...(entry.command ?? []), ...entry.args].join(' ');
  return (
    <div className="rounded-lg border border-line px-3.5 py-3">
      <p role="status" className={cn('flex items-start gap-2 font-medium', tone)}>
        <Icon size={16} className="mt-[3px] shrink-0" aria-hidden />
        {verdict}
      </p>
      <p className="mt-1 text-[13px] break-words text-soft">
        {count(code.files, 'file')}, {bytes(code.unpacked_size)} unpacked.
        {command && (
          <>
            {' '}
            Starts <code className="font-mono text-ink">{command}</code>.
          </>
        )}
      </p>
      {findings.length > 0 && (
        <ul aria-label="Findings" className="mt-2.5 space-y-2 border-t border-line pt-2.5">
          {findings.map((finding, index) => (
            <FindingLine key={index} finding={finding} />
          ))}
        </ul>
      )}
    </div>
  );
}

function FindingLine({ finding: { level, path, message } }: { finding: Finding }) {
  const { icon: Icon, tone, word } = looks[level];
  return (
    <li className="flex items-start gap-2">
      <Icon size={15} className={cn('mt-[3px] shrink-0', tone)} aria-hidden />
      <p className="min-w-0 break-words">
        <span className="sr-only">{word}: </span>
        {path && <code className="font-mono text-[13px] break-all text-soft">{path} </code>}
        {message}
      </p>
    </li>
  );
}

function Refusal({ error, fields, onCheck }: { error: unknown; fields: readonly string[]; onCheck: () => void }) {
  const { rest } = errorsOf(error, fields);
  // What is wrong with the form's other fields is said there.
  if (rest.length === 0) return null;
  const isAnswer = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return (
    <div role="alert" className="rounded-lg border border-line px-3.5 py-3">
      <p className="flex items-start gap-2 font-medium text-bad">
        <CircleX size={16} className="mt-[3px] shrink-0" aria-hidden />
        {isAnswer ? 'It would be refused' : 'It couldn’t be checked'}
      </p>
      <div className="mt-1 break-words">
        <Remarks remarks={rest.map((remark) => (remark.about === 'file' ? { ...remark, about: null } : remark))} />
      </div>
      <Button size="sm" className="mt-3" onClick={onCheck}>
        Check again
      </Button>
    </div>
  );
}
