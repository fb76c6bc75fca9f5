import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, Upload } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { upload } from '@/api/client';
import { isNotFound } from '@/api/problem';
import { agentQuery, stackQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { LoadError, PageHeader, Snippet } from '@/components/basics';
import { checkedAtOnce, CheckResult, isHopeless, useCodeCheck } from '@/components/code-check';
import { DropZone } from '@/components/drop-zone';
import { Progress } from '@/components/progress';
import { Rollout } from '@/components/rollout';
import { AgentBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, Textarea, valuesOf } from '@/components/ui/form';
import { useTitle } from '@/lib/hooks';
import { NotFound } from './not-found';

const fields = ['name', 'description', 'file'];

/** What a check can say about the fields beside the file. */
const otherFields = ['name', 'description'];

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
  const address = `/api/stacks/${encodeURIComponent(stackId)}/agents`;
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const [sent, setSent] = useState(0);
  const [missing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const cancel = useRef<AbortController>(null);
  const check = useCodeCheck(address);
  const create = useMutation({
    mutationFn: (data: FormData) => {
      setSent(0);
      cancel.current = new AbortController();
      return upload<Agent>(address, data, setSent, cancel.current.signal);
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
  const errors = errorsOf(error ?? check.error, error ? fields : otherFields);

  const examine = (code: File, nameNow: string): void => check.start(formOf({ name: nameNow, description: valueOf(form.current, 'description') }, code));
  const choose = (chosen: File | undefined): void => {
    if (!chosen) return;
    const nameNow = name || chosen.name.replace(/\.zip$/i, '');
    create.reset();
    setMissing(false);
    setFile(chosen);
    setName(nameNow);
    if (chosen.size <= checkedAtOnce) examine(chosen, nameNow);
    else check.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (!file) {
      setMissing(true);
      return;
    }
    // The upload itself says whatever is still to be said.
    if (check.isPending || check.error) check.reset();
    create.mutate(formOf(valuesOf(event.currentTarget), file));
  };
  const fileErrors = missing ? ['Choose the ZIP that holds the agent’s code.'] : error ? errors.of('file') : undefined;

  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5 rounded-xl border border-line bg-surface p-4 sm:p-6">
      <FormError error={error} fields={fields} />
      <div className="space-y-3">
        <Field label="Code" errors={fileErrors}>
          {(aria) => (
            <DropZone
              aria={aria}
              file={file}
              disabled={create.isPending}
              onFile={choose}
              onClear={() => {
                setFile(null);
                check.reset();
                create.reset();
              }}
            />
          )}
        </Field>
        {file && !create.isPending && !error && <CheckResult check={check} fields={otherFields} onCheck={() => examine(file, name)} />}
      </div>
      <Field label="Name" hint="Unique in its stack." errors={errors.of('name')}>
        {(aria) => <Input {...aria} name="name" value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" required />}
      </Field>
      <Field label="Description" optional errors={errors.of('description')}>
        {(aria) => <Textarea {...aria} name="description" rows={2} />}
      </Field>
      {create.isPending ? (
        <div>
          <Progress part={sent}>{sent < 1 ? 'Uploading' : 'Uploaded. The server checks what is in it.'}</Progress>
          <div className="flex justify-end pt-3">
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
          <Button type="submit" variant={isHopeless(check.preview) ? 'secondary' : 'primary'}>
            <Upload size={15} aria-hidden />
            {isHopeless(check.preview) ? 'Deploy anyway' : 'Deploy'}
          </Button>
        </div>
      )}
    </form>
  );
}

function formOf({ name = '', description = '' }: { name?: string; description?: string }, code: File): FormData {
  const form = new FormData();
  form.append('name', name);
  if (description) form.append('description', description);
  // Last, so that the server knows the rest before the long part.
  form.append('file', code, code.name);
  return form;
}

function valueOf(form: HTMLFormElement | null, field: string): string {
  return (form && valuesOf(form)[field]) ?? '';
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
