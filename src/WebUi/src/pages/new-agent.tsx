import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, FileArchive, Upload, X } from 'lucide-react';
import { useRef, useState, type DragEvent, type FormEvent } from 'react';
import { upload } from '@/api/client';
import { isNotFound } from '@/api/problem';
import { agentQuery, stackQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { LoadError, PageHeader, Snippet } from '@/components/basics';
import { Rollout } from '@/components/rollout';
import { AgentBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, Textarea, valuesOf } from '@/components/ui/form';
import { cn } from '@/lib/cn';
import { bytes, percent } from '@/lib/format';
import { useTitle } from '@/lib/hooks';
import { NotFound } from './not-found';

const fields = ['name', 'description', 'file'];

export function NewAgent() {
  useTitle('New agent');
  const { stackId } = useParams({ from: '/app/stacks/$stackId/new-agent' });
  const stack = useQuery(stackQuery(stackId));
  const [created, setCreated] = useState<string | null>(null);
  if (isNotFound(stack.error)) return <NotFound what="stack" />;
  if (!stack.data) return stack.error ? <LoadError error={stack.error} onRetry={() => void stack.refetch()} /> : <Skeleton className="h-72 rounded-xl" />;
  return (
    <div className="mx-auto max-w-2xl">
      <Link to="/stacks/$stackId" params={{ stackId }} className="mb-3 inline-flex items-center gap-1 text-[13px] text-soft hover:text-ink">
        <ChevronLeft size={14} aria-hidden />
        {stack.data.name}
      </Link>
      <PageHeader title="New agent" description={created ? undefined : 'Its code as a ZIP: a Procfile, main.py, package.json, index.js or graph.py at the root, or in one folder.'} />
      {created ? (
        <Started agentId={created} onAnother={() => setCreated(null)} />
      ) : (
        <>
          <UploadForm stackId={stackId} onCreated={setCreated} />
          <details className="mt-6">
            <summary className="w-fit text-soft hover:text-ink">From a terminal or a pipeline</summary>
            <div className="mt-3">
              <Snippet
                label="Command that uploads an agent"
                code={`curl ${location.origin}/api/stacks/${stackId}/agents \\\n  -H "X-API-Key: $KEY" \\\n  -F name=echo -F file=@agent.zip`}
              />
            </div>
          </details>
        </>
      )}
    </div>
  );
}

function UploadForm({ stackId, onCreated }: { stackId: string; onCreated: (agentId: string) => void }) {
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const [sent, setSent] = useState(0);
  const [missing, setMissing] = useState(false);
  const cancel = useRef<AbortController>(null);
  const create = useMutation({
    mutationFn: async ({ name = '', description = '', code }: { name?: string; description?: string; code: File }) => {
      const form = new FormData();
      form.append('name', name);
      if (description) form.append('description', description);
      // Last, so that the server knows the rest before the long part.
      form.append('file', code, code.name);
      setSent(0);
      cancel.current = new AbortController();
      return upload<Agent>(`/api/stacks/${encodeURIComponent(stackId)}/agents`, form, setSent, cancel.current.signal);
    },
    meta: { inline: true },
    onSuccess: (agent) => {
      client.setQueryData(['agent', agent.id], agent);
      void client.invalidateQueries({ queryKey: ['stack', stackId] });
      void client.invalidateQueries({ queryKey: ['stacks'] });
      void client.invalidateQueries({ queryKey: ['agents'] });
      onCreated(agent.id);
    },
  });
  const wasCancelled = create.error instanceof DOMException && create.error.name === 'AbortError';
  const error = wasCancelled ? null : create.error;
  const errors = errorsOf(error, fields);

  const choose = (chosen: File | undefined): void => {
    if (!chosen) return;
    create.reset();
    setMissing(false);
    setFile(chosen);
    if (name === '') setName(chosen.name.replace(/\.zip$/i, ''));
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (file) create.mutate({ ...valuesOf(event.currentTarget), code: file });
    else setMissing(true);
  };
  const fileErrors = missing ? ['Choose the ZIP that holds the agent’s code.'] : errors.of('file');

  return (
    <form onSubmit={submit} noValidate className="space-y-5 rounded-xl border border-line bg-surface p-4 sm:p-6">
      <FormError error={error} fields={fields} />
      <Field label="Code" errors={fileErrors}>
        {(aria) => <DropZone aria={aria} file={file} disabled={create.isPending} onFile={choose} onClear={() => setFile(null)} />}
      </Field>
      <Field label="Name" hint="Unique in its stack." errors={errors.of('name')}>
        {(aria) => <Input {...aria} name="name" value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" required />}
      </Field>
      <Field label="Description" optional errors={errors.of('description')}>
        {(aria) => <Textarea {...aria} name="description" rows={2} />}
      </Field>
      {create.isPending ? (
        <div className="space-y-2">
          <div className="flex justify-between gap-3 text-[13px]">
            <span id="upload-state">{sent < 1 ? 'Uploading' : 'Uploaded. The server checks what is in it.'}</span>
            <span className="text-soft">{percent(sent)}</span>
          </div>
          <div
            role="progressbar"
            aria-labelledby="upload-state"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(sent * 100)}
            className="h-2 overflow-hidden rounded-full bg-sunken"
          >
            <div className={cn('h-full rounded-full bg-accent transition-[width]', sent >= 1 && 'dimming')} style={{ width: `${sent * 100}%` }} />
          </div>
          <div className="flex justify-end pt-1">
            <Button size="sm" onClick={() => cancel.current?.abort()}>
              Cancel
            </Button>
          </div>
        </div>
      ) : (
        <div className="flex justify-end gap-2">
          <Button asChild>
            <Link to="/stacks/$stackId" params={{ stackId }}>
              Cancel
            </Link>
          </Button>
          <Button type="submit" variant="primary">
            <Upload size={15} aria-hidden />
            Deploy
          </Button>
        </div>
      )}
    </form>
  );
}

interface DropZoneProps {
  aria: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined };
  file: File | null;
  disabled: boolean;
  onFile: (file: File | undefined) => void;
  onClear: () => void;
}

function DropZone({ aria, file, disabled, onFile, onClear }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    if (!disabled) onFile(event.dataTransfer.files[0]);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(!disabled);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      className={cn(
        'relative rounded-lg border border-dashed transition-colors focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent-ink',
        isOver ? 'border-accent-ink bg-accent-wash' : aria['aria-invalid'] ? 'border-bad' : 'border-line-strong/70 bg-sunken/50',
      )}
    >
      {/* The input itself lies over the whole zone, invisible: a click, the keyboard and a drop all reach it. */}
      <input
        {...aria}
        ref={input}
        type="file"
        accept=".zip,application/zip"
        disabled={disabled}
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = '';
        }}
        className="absolute inset-0 z-10 size-full cursor-pointer opacity-0 disabled:cursor-default"
      />
      {file ? (
        <div className="flex items-center gap-3 p-4">
          <FileArchive size={22} className="shrink-0 text-accent-ink" aria-hidden />
          <p className="min-w-0 flex-1">
            <span className="block truncate font-medium">{file.name}</span>
            <span className="text-[13px] text-soft">{bytes(file.size)}</span>
          </p>
          <Button
            variant="ghost"
            size="icon"
            className="relative z-20"
            aria-label={`Take ${file.name} away`}
            disabled={disabled}
            onClick={() => {
              onClear();
              input.current?.focus();
            }}
          >
            <X size={16} aria-hidden />
          </Button>
        </div>
      ) : (
        <div className="flex flex-col items-center px-4 py-9 text-center">
          <Upload size={22} className="mb-2.5 text-soft" aria-hidden />
          <p className="font-medium">Drop a ZIP here, or choose one</p>
          <p className="mt-0.5 text-[13px] text-soft">It is checked before anything of it runs.</p>
        </div>
      )}
    </div>
  );
}

function Started({ agentId, onAnother }: { agentId: string; onAnother: () => void }) {
  const agent = useQuery(agentQuery(agentId));
  if (isNotFound(agent.error)) return <NotFound what="agent" />;
  if (!agent.data) return <Skeleton className="h-60 rounded-xl" />;
  return (
    <Section title={agent.data.name} actions={<AgentBadge status={agent.data.status} />}>
      <Rollout agent={agent.data} />
      <div className="mt-6 flex flex-wrap gap-2 border-t border-line pt-4">
        <Button asChild>
          <Link to="/agents/$agentId" params={{ agentId }}>
            Go to the agent
          </Link>
        </Button>
        <Button variant="ghost" onClick={onAnother}>
          {agent.data.status === 'failed' ? 'Upload other code' : 'Deploy another one'}
        </Button>
      </div>
    </Section>
  );
}
