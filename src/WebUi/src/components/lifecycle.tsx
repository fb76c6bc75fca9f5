import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play, RotateCw, Square } from 'lucide-react';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { agentQuery } from '@/api/queries';
import type { Agent, AgentStatus } from '@/api/types';
import { Confirm } from './basics';
import { Button } from './ui/button';

type Deed = 'start' | 'stop' | 'restart';

const addresses = {
  start: '/api/agents/{agent_id}/start',
  stop: '/api/agents/{agent_id}/stop',
  restart: '/api/agents/{agent_id}/restart',
} as const;

/** Starts, stops and restarts: shown at once, and settled by what the server tells of it. */
export function useLifecycle(agent: Agent) {
  const client = useQueryClient();
  const { queryKey } = agentQuery(agent.id);
  return useMutation({
    mutationFn: (deed: Deed) => body<Agent>(api.POST(addresses[deed], { params: { path: { agent_id: agent.id } } })),
    onMutate: async (deed) => {
      // An answer that is under way would show again what was before.
      await client.cancelQueries({ queryKey, exact: true });
      const before = client.getQueryData(queryKey);
      const status: AgentStatus = deed === 'stop' ? 'stopped' : 'pending';
      client.setQueryData(queryKey, (shown) => shown && { ...shown, status, status_reason: null, status_message: null, updated_at: new Date().toISOString() });
      return { before };
    },
    onError: (_error, _deed, context) => {
      if (context?.before) client.setQueryData(queryKey, context.before);
    },
    // Events may have told more by now than the answer does.
    onSettled: () => void client.invalidateQueries({ queryKey }),
  });
}

/** What can be done about an agent's processes. */
export function Lifecycle({ agent }: { agent: Agent }) {
  const [isAsking, setIsAsking] = useState(false);
  const { mutate, mutateAsync, isPending } = useLifecycle(agent);
  if (agent.kind !== 'deployed' || agent.status === 'deleting') return null;
  const isStopped = agent.status === 'stopped';
  // Start and Stop are one button, which keeps the focus when it turns from one into the other.
  return (
    <>
      {!isStopped && (
        <Button disabled={isPending} onClick={() => mutate('restart')}>
          <RotateCw size={15} aria-hidden />
          Restart
        </Button>
      )}
      <Button key="power" variant={isStopped ? 'primary' : 'secondary'} disabled={isPending} onClick={() => (isStopped ? mutate('start') : setIsAsking(true))}>
        {isStopped ? <Play size={15} aria-hidden /> : <Square size={14} aria-hidden />}
        {isStopped ? 'Start' : 'Stop'}
      </Button>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title={`Stop “${agent.name}”?`} action="Stop the agent" onConfirm={() => mutateAsync('stop')}>
        It doesn’t answer until it is started again. Its code, configuration, sessions and history stay.
      </Confirm>
    </>
  );
}
