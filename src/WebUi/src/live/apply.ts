import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { Agent, AgentsResponse, LiveEvent, SessionPage, Stack, StackDetails, StackPage } from '@/api/types';

/**
 * Writes what events say into what is shown, and returns the keys of what they don't say enough about, to be loaded again. One pass for a batch:
 * a query is written once however many events concern it.
 */
export function applyEvents(client: QueryClient, events: readonly LiveEvent[]): QueryKey[] {
  const stale = new Map<string, QueryKey>();
  const reload = (...key: unknown[]): void => void stale.set(JSON.stringify(key), key);
  const agents = new Map<string, (agent: Agent) => Agent | null>();
  const stacks = new Map<string, Partial<Stack> | null>();
  const sessions = new Map<string, (page: SessionPage) => SessionPage>();

  const patchAgent = (id: string, patch: (agent: Agent) => Agent | null): void => {
    const before = agents.get(id);
    agents.set(id, before ? (agent) => ((next) => next && patch(next))(before(agent)) : patch);
  };
  const patchSessions = (agentId: string, patch: (page: SessionPage) => SessionPage): void => {
    const before = sessions.get(agentId);
    sessions.set(agentId, before ? (page) => patch(before(page)) : patch);
  };

  for (const { type, timestamp, data } of events) {
    if (isDeed(type)) reload('audit');
    switch (type) {
      case 'agent.registered':
        reload('agents');
        if (data.agent.stack_id !== null) {
          reload('stack', data.agent.stack_id);
          reload('stacks');
        }
        break;
      case 'agent.updated':
        patchAgent(data.agent.id, (agent) => ({ ...agent, name: data.agent.name, description: data.description }));
        break;
      case 'agent.status_changed':
        patchAgent(data.agent.id, (agent) => ({
          ...agent,
          status: data.status,
          status_reason: data.status_reason,
          status_message: data.status_message,
        }));
        // Its address and revision come with the status.
        reload('agent', data.agent.id);
        reload('revisions', data.agent.id);
        reload('agents');
        break;
      case 'agent.deleted':
        patchAgent(data.agent.id, () => null);
        reload('agent', data.agent.id);
        reload('agents');
        reload('stacks');
        break;
      case 'stack.created':
        reload('stacks');
        break;
      case 'stack.updated':
        stacks.set(data.stack.id, { ...stacks.get(data.stack.id), name: data.stack.name, description: data.description });
        break;
      case 'stack.status_changed':
        stacks.set(data.stack.id, {
          ...stacks.get(data.stack.id),
          status: data.status,
          status_reason: data.status_reason,
          status_message: data.status_message,
        });
        reload('stacks');
        break;
      case 'stack.deleted':
        stacks.set(data.stack.id, null);
        reload('stack', data.stack.id);
        reload('stacks');
        reload('agents');
        break;
      case 'session.status_changed': {
        const isNew = data.previous_status === null;
        patchAgent(data.agent.id, (agent) => ({
          ...agent,
          last_seen: timestamp,
          latest_status: data.status,
          ...(data.message === null ? {} : { latest_message: data.message }),
          session_count: agent.session_count + (isNew ? 1 : 0),
          active_session_count: agent.active_session_count + (isNew ? 1 : 0),
        }));
        patchSessions(data.agent.id, (page) => ({
          ...page,
          sessions: page.sessions.map((session) =>
            session.id === data.session.id
              ? {
                  ...session,
                  current_status: data.status,
                  last_updated: timestamp,
                  expired: false,
                  ...(data.duration_seconds === null ? {} : { duration_seconds: data.duration_seconds }),
                }
              : session,
          ),
        }));
        reload('session', data.agent.id, data.session.id);
        reload('sessions', data.agent.id);
        break;
      }
      case 'session.expired':
        patchSessions(data.agent.id, (page) => ({
          ...page,
          sessions: page.sessions.map((session) =>
            session.id === data.session.id
              ? { ...session, current_status: data.status, expired: true, expired_at: data.expired_at }
              : session,
          ),
        }));
        reload('session', data.agent.id, data.session.id);
        reload('agent', data.agent.id);
        reload('agents');
        break;
      case 'session.recovered':
        patchAgent(data.agent.id, (agent) => ({ ...agent, last_seen: timestamp, latest_status: data.status }));
        reload('session', data.agent.id, data.session.id);
        reload('sessions', data.agent.id);
        reload('agent', data.agent.id);
        break;
      case 'session.deleted':
        patchSessions(data.agent.id, (page) => ({ ...page, sessions: page.sessions.filter((session) => session.id !== data.session.id) }));
        reload('sessions', data.agent.id);
        reload('agent', data.agent.id);
        break;
      case 'endpoint.disabled':
        reload('endpoints');
        break;
      case 'stream.reset':
        // An empty key is the beginning of every other one.
        stale.set('[]', []);
        break;
    }
  }

  if (agents.size > 0) writeAgents(client, agents);
  if (stacks.size > 0) writeStacks(client, stacks);
  for (const [agentId, patch] of sessions)
    client.setQueriesData<SessionPage>({ queryKey: ['sessions', agentId] }, (page) => page && patch(page));
  return [...stale.values()];
}

/** What somebody may have done, and not only an agent's own doing. */
function isDeed(type: LiveEvent['type']): boolean {
  return /^(agent|stack)\./.test(type) || type === 'session.deleted';
}

function writeAgents(client: QueryClient, patches: Map<string, (agent: Agent) => Agent | null>): void {
  const patchAll = (list: Agent[]): Agent[] => {
    if (!list.some((agent) => patches.has(agent.id))) return list;
    return list.flatMap((agent) => {
      const patch = patches.get(agent.id);
      const patched = patch ? patch(agent) : agent;
      return patched === null ? [] : [patched];
    });
  };
  client.setQueriesData<AgentsResponse>({ queryKey: ['agents'] }, (page) => {
    if (!page) return page;
    const list = patchAll(page.agents);
    return list === page.agents ? page : { ...page, agents: list, total: page.total - page.agents.length + list.length };
  });
  client.setQueriesData<StackDetails>({ queryKey: ['stack'] }, (stack) => {
    if (!stack) return stack;
    const list = patchAll(stack.agents);
    return list === stack.agents ? stack : { ...stack, agents: list };
  });
  for (const [id, patch] of patches) client.setQueryData<Agent>(['agent', id], (agent) => (agent && patch(agent)) ?? agent);
}

function writeStacks(client: QueryClient, patches: Map<string, Partial<Stack> | null>): void {
  client.setQueriesData<StackPage>({ queryKey: ['stacks'] }, (page) => {
    if (!page?.items.some((stack) => patches.has(stack.id))) return page;
    const items = page.items.flatMap((stack) => {
      const patch = patches.get(stack.id);
      return patch === null ? [] : [{ ...stack, ...patch }];
    });
    return { ...page, items, total: page.total - page.items.length + items.length };
  });
  for (const [id, patch] of patches)
    if (patch !== null) client.setQueryData<StackDetails>(['stack', id], (stack) => stack && { ...stack, ...patch });
}
