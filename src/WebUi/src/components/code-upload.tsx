import { useMutation } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { upload } from '@/api/client';
import { checkedAtOnce, CheckResult, isHopeless, useCodeCheck, type CodeCheck } from './code-check';
import { DropZone } from './drop-zone';
import { Progress } from './progress';
import { Button } from './ui/button';
import { errorsOf, Field } from './ui/form';

export interface CodeUpload {
  readonly file: File | null;
  readonly check: CodeCheck;
  readonly isPending: boolean;
  readonly sent: number;
  readonly isMissing: boolean;
  /** Why the upload failed; that somebody cancelled it is no failure. */
  readonly error: unknown;
  /** Takes a file, and has it checked when that costs little. */
  readonly choose: (file: File, form: FormData) => void;
  readonly clear: () => void;
  readonly send: (formOf: (file: File) => FormData) => void;
  readonly cancel: () => void;
}

/** A ZIP on its way to the server: chosen, tried out, sent. */
export function useCodeUpload<T>(method: 'POST' | 'PUT', address: string, onDone: (answer: T) => void): CodeUpload {
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [isMissing, setIsMissing] = useState(false);
  const aborter = useRef<AbortController>(null);
  const check = useCodeCheck(method, address);
  const sending = useMutation({
    mutationFn: (form: FormData) => {
      setSent(0);
      aborter.current = new AbortController();
      return upload<T>(method, address, form, setSent, aborter.current.signal);
    },
    meta: { inline: true },
    onSuccess: onDone,
  });
  useEffect(() => () => aborter.current?.abort(), []);
  const wasCancelled = sending.error instanceof DOMException && sending.error.name === 'AbortError';
  return {
    file,
    check,
    isPending: sending.isPending,
    sent,
    isMissing,
    error: wasCancelled ? null : sending.error,
    choose: (chosen, form) => {
      sending.reset();
      setIsMissing(false);
      setFile(chosen);
      if (chosen.size <= checkedAtOnce) check.start(form);
      else check.reset();
    },
    clear: () => {
      setFile(null);
      check.reset();
      sending.reset();
    },
    send: (formOf) => {
      if (!file) {
        setIsMissing(true);
        return;
      }
      // The upload itself says whatever is still to be said.
      if (check.isPending || check.error) check.reset();
      sending.mutate(formOf(file));
    },
    cancel: () => aborter.current?.abort(),
  };
}

interface CodeFieldProps {
  code: CodeUpload;
  /** Of the form, which shows what is said about them itself. */
  otherFields: readonly string[];
  onFile: (file: File) => void;
  onCheck: (file: File) => void;
}

/** Where the ZIP is chosen, and below it what the server says about it. */
export function CodeField({ code, otherFields, onFile, onCheck }: CodeFieldProps) {
  const { file, error } = code;
  const errors = code.isMissing ? ['Choose the ZIP that holds the agent’s code.'] : errorsOf(error, ['file']).of('file');
  return (
    <div className="space-y-3">
      <Field label="Code" errors={errors}>
        {(aria) => <DropZone aria={aria} file={file} disabled={code.isPending} onFile={(chosen) => chosen && onFile(chosen)} onClear={code.clear} />}
      </Field>
      {file && !code.isPending && !error && <CheckResult check={code.check} fields={otherFields} onCheck={() => onCheck(file)} />}
    </div>
  );
}

/** The end of the form: what sends it, and while it is sent how far that is. `cancel` leaves the form. */
export function SendCode({ code, cancel }: { code: CodeUpload; cancel: ReactNode }) {
  if (code.isPending)
    return (
      <div>
        <Progress part={code.sent}>{code.sent < 1 ? 'Uploading' : 'Uploaded. The server checks what is in it.'}</Progress>
        <div className="flex justify-end pt-3">
          <Button size="sm" onClick={code.cancel}>
            Cancel
          </Button>
        </div>
      </div>
    );
  const hopeless = isHopeless(code.check.preview);
  return (
    <div className="flex justify-end gap-2">
      {cancel}
      <Button type="submit" variant={hopeless ? 'secondary' : 'primary'}>
        <Upload size={15} aria-hidden />
        {hopeless ? 'Deploy anyway' : 'Deploy'}
      </Button>
    </div>
  );
}
