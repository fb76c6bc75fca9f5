import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { isNotFound } from '@/api/problem';
import { agentQuery, stackQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { LoadError, PageHeader, Snippet } from '@/components/basics';
import { CodeField, SendCode, useCodeUpload } from '@/components/code-upload';
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
  const [name, setName] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const code = useCodeUpload<Agent>('POST', `/api/stacks/${encodeURIComponent(stackId)}/agents`, (agent) => {
    client.setQueryData(['agent', agent.id], agent);
    void client.invalidateQueries({ queryKey: ['stack', stackId] });
    void client.invalidateQueries({ queryKey: ['stacks'] });
    void client.invalidateQueries({ queryKey: ['agents'] });
    onCreated(agent.id);
  });
  const errors = errorsOf(code.error ?? code.check.error, code.error ? fields : otherFields);

  const trial = (file: File, nameNow: string): FormData => formOf({ name: nameNow, description: valueOf(form.current, 'description') }, file);
  const choose = (file: File): void => {
    const nameNow = name || file.name.replace(/\.zip$/i, '');
    setName(nameNow);
    code.choose(file, trial(file, nameNow));
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = valuesOf(event.currentTarget);
    code.send((file) => formOf(values, file));
  };

  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5 rounded-xl border border-line bg-surface p-4 sm:p-6">
      <FormError error={code.error} fields={fields} />
      <CodeField code={code} otherFields={otherFields} onFile={choose} onCheck={(file) => code.check.start(trial(file, name))} />
      <Field label="Name" hint="Unique in its stack." errors={errors.of('name')}>
        {(aria) => <Input {...aria} name="name" value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" required />}
      </Field>
      <Field label="Description" optional errors={errors.of('description')}>
        {(aria) => <Textarea {...aria} name="description" rows={2} />}
      </Field>
      <SendCode
        code={code}
        cancel={
          <Button asChild>
            <Link to="/stacks/$stackId" params={{ stackId }}>
              Cancel
            </Link>
          </Button>
        }
      />
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
