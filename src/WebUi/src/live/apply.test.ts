import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Agent, AgentsResponse, LiveEvent, SessionPage, StackDetails, StackPage } from '@/api/types';
import { applyEvents } from './apply';

const who = { id: 'u', full_name: 'Ada', email: 'ada@example.com' };
const at = '2026-01-01T00:00:00Z';

const agent = (id: string): Agent => ({
  id, agent_id: id, kind: 'deployed', stack_id: 's', name: id, description: null, source: null, status: 'deploying', status_reason: null,
  status_message: null, api_url: null, ui_url: null, disk_path: null, revision: 1, created_at: at, created_by: who, updated_at: at, updated_by: who,
  registered: at, last_seen: null, session_count: 0, active_session_count: 0,
});

const of = (id: string) => ({ id, agent_id: id, name: id, kind: 'deployed' as const, stack_id: 's' });

const statusChanged = (id: string, status: Agent['status'], message: string | null = null): LiveEvent => ({
  type: 'agent.status_changed',
  timestamp: at,
  data: { agent: of(id), previous_status: 'deploying', status, status_reason: null, status_message: message },
});

const sessionChanged = (id: string, session: string, previous: 'running' | null = null): LiveEvent => ({
  type: 'session.status_changed',
  timestamp: '2026-01-01T00:01:00Z',
  data: {
    agent: of(id), session: { id: session, session_topic: session }, previous_status: previous, status: 'waiting_for_input', message: 'Which one?',
    content: null, duration_seconds: null,
  },
});

describe('applyEvents', () => {
  let client: QueryClient;
  const agents = (): AgentsResponse => client.getQueryData(['agents', {}])!;
  beforeEach(() => {
    client = new QueryClient();
    client.setQueryData<AgentsResponse>(['agents', {}], { agents: [agent('a'), agent('b')], total: 2, page: 1, limit: 50, pages: 1 });
    client.setQueryData<Agent>(['agent', 'a'], agent('a'));
    client.setQueryData<StackDetails>(['stack', 's'], {
      id: 's', name: 's', description: null, namespace: 'n', status: 'creating', status_reason: null, status_message: null, created_at: at, created_by: who,
      updated_at: at, updated_by: who, agents: [agent('a')],
    });
    const { agents: _, ...stack } = client.getQueryData<StackDetails>(['stack', 's'])!;
    client.setQueryData<StackPage>(['stacks', {}], { items: [{ ...stack, agent_count: 1 }], total: 1, page: 1, limit: 20, pages: 1 });
  });

  it('shows an agent’s new status wherever the agent is shown, and nowhere else', () => {
    const b = agents().agents[1];
    applyEvents(client, [statusChanged('a', 'failed', 'Exit code 3.')]);
    for (const shown of [agents().agents[0], client.getQueryData<Agent>(['agent', 'a']), client.getQueryData<StackDetails>(['stack', 's'])?.agents[0]])
      expect(shown).toMatchObject({ status: 'failed', status_message: 'Exit code 3.' });
    expect(agents().agents[1]).toBe(b);
  });

  it('applies the events of a batch in their order', () => {
    applyEvents(client, [statusChanged('a', 'failed'), statusChanged('a', 'running'), sessionChanged('a', 'x'), sessionChanged('a', 'y')]);
    expect(agents().agents[0]).toMatchObject({
      status: 'running', latest_status: 'waiting_for_input', latest_message: 'Which one?', session_count: 2, active_session_count: 2,
    });
  });

  it('counts a session once', () => {
    applyEvents(client, [sessionChanged('a', 'x'), sessionChanged('a', 'x', 'running')]);
    expect(agents().agents[0]?.session_count).toBe(1);
  });

  it('takes a deleted agent off the lists', () => {
    applyEvents(client, [statusChanged('a', 'deleting'), { type: 'agent.deleted', timestamp: at, data: { agent: of('a') } }]);
    expect(agents()).toMatchObject({ total: 1, agents: [{ id: 'b' }] });
    expect(client.getQueryData<StackDetails>(['stack', 's'])?.agents).toEqual([]);
  });

  it('changes a session in the lists that hold it, and asks for those that don’t', () => {
    const session = { id: 'x', agent_id: 'a', session_topic: 'x', created: at, last_updated: at, expires_at: at, expired: true, ttl_minutes: 30, current_status: 'running' as const, report_count: 1 };
    client.setQueryData<SessionPage>(['sessions', 'a', {}], { sessions: [session], total: 1, page: 1, limit: 50, pages: 1 });
    const stale = applyEvents(client, [sessionChanged('a', 'x', 'running')]);
    expect(client.getQueryData<SessionPage>(['sessions', 'a', {}])?.sessions[0]).toMatchObject({ current_status: 'waiting_for_input', expired: false });
    expect(stale).toEqual([['session', 'a', 'x'], ['sessions', 'a']]);
  });

  it('follows a stack from its making to its end', () => {
    applyEvents(client, [
      { type: 'stack.updated', timestamp: at, data: { stack: { id: 's', name: 'new' }, description: 'words' } },
      { type: 'stack.status_changed', timestamp: at, data: { stack: { id: 's', name: 'new' }, previous_status: 'creating', status: 'ready', status_reason: null, status_message: null } },
    ]);
    expect(client.getQueryData<StackPage>(['stacks', {}])?.items[0]).toMatchObject({ name: 'new', description: 'words', status: 'ready' });
    expect(client.getQueryData<StackDetails>(['stack', 's'])).toMatchObject({ name: 'new', status: 'ready' });

    applyEvents(client, [{ type: 'stack.deleted', timestamp: at, data: { stack: { id: 's', name: 'new' } } }]);
    expect(client.getQueryData<StackPage>(['stacks', {}])).toMatchObject({ items: [], total: 0 });
  });

  it('asks for each thing once however many events concern it', () => {
    const many = Array.from({ length: 500 }, () => statusChanged('a', 'running'));
    expect(applyEvents(client, many)).toEqual([['audit'], ['agent', 'a'], ['revisions', 'a'], ['agents']]);
  });

  it('loads everything anew when events are missing', () => {
    expect(applyEvents(client, [{ type: 'stream.reset', timestamp: at, data: { reason: 'history_gone', message: '' } }])).toEqual([[]]);
  });
});
