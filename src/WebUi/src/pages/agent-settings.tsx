import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { agentMuteQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { Confirm, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Section } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, Textarea, valuesOf } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { useAgent } from './agent';

export function AgentSettings() {
  const { data: agent } = useAgent();
  return agent ? (
    <div className="max-w-3xl space-y-6">
      <EditAgent key={agent.id} agent={agent} />
      <MuteAgent agent={agent} />
      <DeleteAgent agent={agent} />
    </div>
  ) : null;
}

function EditAgent({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: ({ name = '', description }: Record<string, string>) =>
      body(api.PUT('/api/agents/{agent_id}', { params: { path: { agent_id: agent.id } }, body: { name, description: description || null } })),
    meta: { inline: true },
    onSuccess: (saved) => {
      client.setQueryData(['agent', agent.id], saved);
      void client.invalidateQueries({ queryKey: ['agents'] });
      toast('The agent is saved.');
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
          {(aria) => <Input {...aria} name="name" defaultValue={agent.name} autoComplete="off" required />}
        </Field>
        <Field label="Description" optional errors={errors.of('description')}>
          {(aria) => <Textarea {...aria} name="description" defaultValue={agent.description ?? ''} rows={3} />}
        </Field>
        <Button type="submit" busy={save.isPending}>
          Save
        </Button>
      </form>
    </Section>
  );
}

const hours: [number, string][] = [
  [1, 'For an hour'],
  [8, 'For 8 hours'],
  [24, 'For a day'],
  [24 * 7, 'For a week'],
];

function MuteAgent({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const { data: mute } = useQuery(agentMuteQuery(agent.id));
  const params = { path: { agent_id: agent.id } };
  const change = useMutation({
    mutationFn: async (length: number | null) => {
      if (length === null) await api.DELETE('/api/agents/{agent_id}/mute', { params });
      else await api.PUT('/api/agents/{agent_id}/mute', { params, body: { until: new Date(Date.now() + length * 3_600_000).toISOString() } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['mute', agent.id] }),
  });
  return (
    <Section title="Notifications" description="While it is muted, nobody is notified of what it does. Nothing else changes.">
      {mute?.muted && mute.until ? (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p>
            Muted{mute.by === 'stack' && ' with its stack'}, until <Time value={mute.until} />.
          </p>
          {mute.by === 'agent' && (
            <Button busy={change.isPending} onClick={() => change.mutate(null)}>
              Unmute
            </Button>
          )}
        </div>
      ) : (
        <div className="flex flex-wrap gap-2" role="group" aria-label="Mute">
          {hours.map(([length, name]) => (
            <Button key={length} size="sm" disabled={change.isPending || !mute} onClick={() => change.mutate(length)}>
              {name}
            </Button>
          ))}
        </div>
      )}
    </Section>
  );
}

function DeleteAgent({ agent }: { agent: Agent }) {
  const [isAsking, setIsAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const isDeployed = agent.kind === 'deployed';
  const remove = async (): Promise<void> => {
    await api.DELETE('/api/agents/{agent_id}', { params: { path: { agent_id: agent.id } } });
    toast(isDeployed ? `“${agent.name}” is being deleted.` : `“${agent.name}” is deleted.`);
    if (agent.stack_id) await navigate({ to: '/stacks/$stackId', params: { stackId: agent.stack_id } });
    else await navigate({ to: '/agents' });
    void client.invalidateQueries({ queryKey: agent.stack_id ? ['stack', agent.stack_id] : ['agents'] });
  };
  return (
    <section className="rounded-xl border border-bad/40 bg-surface p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="font-semibold">Delete this agent</h2>
          <p className="mt-0.5 text-soft">
            {isDeployed ? 'It is stopped, and deleted with its code, sessions and history.' : 'Its sessions and history go with it. When it reports again, it is registered anew.'}
          </p>
        </div>
        <Button variant="dangerQuiet" disabled={agent.status === 'deleting'} onClick={() => setIsAsking(true)}>
          {agent.status === 'deleting' ? 'Being deleted' : 'Delete the agent'}
        </Button>
      </div>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title={`Delete “${agent.name}”?`} action="Delete the agent" onConfirm={remove}>
        Nothing brings it back.
      </Confirm>
    </section>
  );
}
