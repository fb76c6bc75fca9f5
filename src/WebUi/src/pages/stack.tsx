import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { Bot, ChevronLeft, CircleAlert, Plus } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { isNotFound } from '@/api/problem';
import { stackQuery } from '@/api/queries';
import type { StackDetails } from '@/api/types';
import { AgentList } from '@/components/agent-list';
import { Confirm, Empty, LoadError, Mono, PageHeader, Snippet, Time } from '@/components/basics';
import { concernsStack, EventFeed } from '@/components/feed';
import { StackBadge } from '@/components/status';
import { Tabs } from '@/components/tabs';
import { Button } from '@/components/ui/button';
import { Card, Fact, Facts, Section, Skeleton } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, Textarea, valuesOf } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { useTitle } from '@/lib/hooks';
import { NotFound } from './not-found';

function useStack() {
  const { stackId } = useParams({ from: '/app/stacks/$stackId' });
  return useQuery(stackQuery(stackId));
}

export function StackPage() {
  const { data: stack, error, refetch } = useStack();
  useTitle(stack?.name ?? 'Stack');
  if (isNotFound(error)) return <NotFound what="stack" />;
  if (!stack) return error ? <LoadError error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-72 rounded-xl" />;
  return (
    <>
      <Link to="/stacks" className="mb-3 inline-flex items-center gap-1 text-[13px] text-soft hover:text-ink">
        <ChevronLeft size={14} aria-hidden />
        Stacks
      </Link>
      <PageHeader
        title={stack.name}
        description={stack.description}
        actions={
          stack.status !== 'deleting' && (
            <Button asChild variant="primary">
              <Link to="/stacks/$stackId/new-agent" params={{ stackId: stack.id }}>
                <Plus size={16} aria-hidden />
                New agent
              </Link>
            </Button>
          )
        }
      >
        <div className="mt-2.5">
          <StackBadge status={stack.status} />
        </div>
      </PageHeader>
      {stack.status === 'failed' && (
        <div className="mb-6 flex items-start gap-2.5 rounded-xl border border-bad/35 bg-bad-wash px-4 py-3 text-bad">
          <CircleAlert size={17} className="mt-0.5 shrink-0" aria-hidden />
          <div className="min-w-0">
            {stack.status_reason && <p className="font-semibold">{stack.status_reason}</p>}
            <p>{stack.status_message ?? 'The stack couldn’t be set up.'}</p>
          </div>
        </div>
      )}
      <Tabs
        label="Stack"
        tabs={[
          { name: 'Agents', link: { to: '/stacks/$stackId', params: { stackId: stack.id } }, exact: true },
          { name: 'Events', link: { to: '/stacks/$stackId/events', params: { stackId: stack.id } } },
          { name: 'Settings', link: { to: '/stacks/$stackId/settings', params: { stackId: stack.id } } },
        ]}
      />
      <Outlet />
    </>
  );
}

export function StackAgents() {
  const { data: stack } = useStack();
  if (!stack) return null;
  if (stack.agents.length > 0) return <AgentList agents={stack.agents} label={`Agents of ${stack.name}`} />;
  return (
    <Card>
      <Empty
        icon={Bot}
        title="No agent in this stack yet"
        actions={
          <Button asChild variant="primary">
            <Link to="/stacks/$stackId/new-agent" params={{ stackId: stack.id }}>
              <Plus size={16} aria-hidden />
              New agent
            </Link>
          </Button>
        }
      >
        <p>Upload an agent’s code as a ZIP, here or from a terminal:</p>
        <div className="mt-4">
          <Snippet
            label="Command that uploads an agent"
            code={`curl ${location.origin}/api/stacks/${stack.id}/agents \\\n  -H "X-API-Key: $KEY" \\\n  -F name=echo -F file=@agent.zip`}
          />
        </div>
      </Empty>
    </Card>
  );
}

export function StackEvents() {
  const { stackId } = useParams({ from: '/app/stacks/$stackId' });
  return (
    <Section title="Events" description="Of the stack and its agents in the last hour, and live." flush>
      <EventFeed matches={concernsStack(stackId)} />
    </Section>
  );
}

export function StackSettings() {
  const { data: stack } = useStack();
  return stack ? (
    <div className="max-w-3xl space-y-6">
      <EditStack key={stack.id} stack={stack} />
      <Section title="About">
        <Facts>
          <Fact name="Id"><Mono copy="Copy the id">{stack.id}</Mono></Fact>
          <Fact name="Namespace"><Mono copy="Copy the namespace">{stack.namespace}</Mono></Fact>
          <Fact name="Made"><Time value={stack.created_at} /> by {stack.created_by.full_name}</Fact>
          <Fact name="Changed"><Time value={stack.updated_at} /> by {stack.updated_by.full_name}</Fact>
        </Facts>
      </Section>
      <DangerZone stack={stack} />
    </div>
  ) : null;
}

function EditStack({ stack }: { stack: StackDetails }) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: ({ name = '', description }: Record<string, string>) =>
      body(api.PUT('/api/stacks/{stack_id}', { params: { path: { stack_id: stack.id } }, body: { name, description: description || null } })),
    meta: { inline: true },
    onSuccess: (saved) => {
      client.setQueryData(['stack', stack.id], saved);
      void client.invalidateQueries({ queryKey: ['stacks'] });
      toast('The stack is saved.');
    },
  });
  const fields = ['name', 'description'];
  const errors = errorsOf(save.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate(valuesOf(event.currentTarget));
  };
  return (
    <Section title="Name and description">
      <form onSubmit={submit} noValidate className="space-y-4">
        <FormError error={save.error} fields={fields} />
        <Field label="Name" errors={errors.of('name')}>
          {(aria) => <Input {...aria} name="name" defaultValue={stack.name} autoComplete="off" required />}
        </Field>
        <Field label="Description" optional errors={errors.of('description')}>
          {(aria) => <Textarea {...aria} name="description" defaultValue={stack.description ?? ''} rows={3} />}
        </Field>
        <Button type="submit" busy={save.isPending}>
          Save
        </Button>
      </form>
    </Section>
  );
}

function DangerZone({ stack }: { stack: StackDetails }) {
  const [isAsking, setIsAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = async (): Promise<void> => {
    await api.DELETE('/api/stacks/{stack_id}', { params: { path: { stack_id: stack.id } } });
    toast(`“${stack.name}” is being deleted.`);
    await navigate({ to: '/stacks' });
    void client.invalidateQueries({ queryKey: ['stacks'] });
  };
  return (
    <section className="rounded-xl border border-bad/40 bg-surface p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="font-semibold">Delete this stack</h2>
          <p className="mt-0.5 text-soft">Its agents are stopped and deleted with their code, sessions and history. Nothing brings them back.</p>
        </div>
        <Button variant="dangerQuiet" disabled={stack.status === 'deleting'} onClick={() => setIsAsking(true)}>
          {stack.status === 'deleting' ? 'Being deleted' : 'Delete the stack'}
        </Button>
      </div>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title={`Delete “${stack.name}”?`} action="Delete the stack" typed={stack.name} onConfirm={remove}>
        {stack.agents.length === 0 ? 'The stack is empty.' : `With it go its ${stack.agents.length === 1 ? 'agent' : `${stack.agents.length} agents`}, their code and all of their history.`}
      </Confirm>
    </section>
  );
}
