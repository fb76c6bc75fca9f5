import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { startOf, type AuditFilter } from '@/lib/audit';
import type { AgentConfig, DeliveryState, StackStatus } from './types';

/**
 * What pages load. Keys begin with what events speak of ({@link applyEvents}); agents and sessions go by their UUIDs, which events carry and which,
 * unlike the ids that reporters choose, fit into any address.
 */
export interface StackFilter {
  search?: string | undefined;
  status?: StackStatus | undefined;
  page?: number | undefined;
  limit?: number;
}

export const stacksQuery = ({ search, status, page = 1, limit = 24 }: StackFilter = {}) =>
  queryOptions({
    queryKey: ['stacks', { search, status, page, limit }],
    queryFn: ({ signal }) => body(api.GET('/api/stacks', { params: { query: { search, status, page, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export const stackQuery = (id: string) =>
  queryOptions({
    queryKey: ['stack', id],
    queryFn: ({ signal }) => body(api.GET('/api/stacks/{stack_id}', { params: { path: { stack_id: id } }, signal })),
  });

export interface AgentFilter {
  search?: string | undefined;
  status?: string | undefined;
  kind?: 'deployed' | 'reported' | undefined;
  page?: number | undefined;
  limit?: number;
}

export const agentsQuery = ({ search, status, kind, page = 1, limit = 1000 }: AgentFilter = {}) =>
  queryOptions({
    queryKey: ['agents', { search, status, kind, page, limit }],
    queryFn: ({ signal }) => body(api.GET('/api/agents', { params: { query: { search, status, kind, page, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ['agent', id],
    queryFn: ({ signal }) => body(api.GET('/api/agents/{agent_id}', { params: { path: { agent_id: id } }, signal })),
  });

/** Its key is below the agent's own: whatever has that loaded again has this loaded again. */
export const agentConfigQuery = (id: string) =>
  queryOptions({
    queryKey: ['agent', id, 'config'],
    queryFn: async ({ signal }) => {
      const { data, response } = await api.GET('/api/agents/{agent_id}/config', { params: { path: { agent_id: id } }, signal });
      return { config: data as AgentConfig, tag: response.headers.get('ETag') ?? '*' };
    },
  });

export const agentStatsQuery = (id: string) =>
  queryOptions({
    queryKey: ['stats', id],
    queryFn: ({ signal }) => body(api.GET('/api/agents/{agent_id}/stats', { params: { path: { agent_id: id } }, signal })),
    refetchInterval: 60_000,
  });

export const sessionsQuery = (agentId: string, { expired, page = 1, limit = 50 }: { expired?: boolean; page?: number; limit?: number } = {}) =>
  queryOptions({
    queryKey: ['sessions', agentId, { expired, page, limit }],
    queryFn: ({ signal }) =>
      body(api.GET('/api/agents/{agent_id}/sessions', { params: { path: { agent_id: agentId }, query: { expired, page, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export const sessionQuery = (agentId: string, sessionId: string) =>
  infiniteQueryOptions({
    queryKey: ['session', agentId, sessionId],
    queryFn: ({ signal, pageParam }) =>
      body(
        api.GET('/api/agents/{agent_id}/sessions/{session_topic}', {
          params: { path: { agent_id: agentId, session_topic: sessionId }, query: { limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const revisionsQuery = (agentId: string) =>
  infiniteQueryOptions({
    queryKey: ['revisions', agentId],
    queryFn: ({ signal, pageParam }) =>
      body(api.GET('/api/agents/{agent_id}/revisions', { params: { path: { agent_id: agentId }, query: { limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** What distinguishes a revision from another, `other`. */
export const differenceQuery = (agentId: string, number: number, other: number) =>
  queryOptions({
    queryKey: ['difference', agentId, number, other],
    queryFn: async ({ signal }) => {
      const params = { path: { agent_id: agentId, number }, query: { compare_to: other } };
      return (await body(api.GET('/api/agents/{agent_id}/revisions/{number}', { params, signal }))).difference ?? null;
    },
    // Revisions never change.
    staleTime: 300_000,
  });

export const agentMuteQuery = (id: string) =>
  queryOptions({
    queryKey: ['mute', id],
    queryFn: ({ signal }) => body(api.GET('/api/agents/{agent_id}/mute', { params: { path: { agent_id: id } }, signal })),
  });

export const loginsQuery = queryOptions({
  queryKey: ['logins'],
  queryFn: ({ signal }) => body(api.GET('/api/auth/logins', { signal })),
});

export const apiKeysQuery = queryOptions({
  queryKey: ['apikeys'],
  queryFn: ({ signal }) => body(api.GET('/api/apikeys', { signal })),
});

export const endpointsQuery = queryOptions({
  queryKey: ['endpoints'],
  queryFn: ({ signal }) => body(api.GET('/api/notifications/endpoints', { signal })),
});

export const deliveriesQuery = (filter: { endpoint_id?: string | undefined; state?: DeliveryState | undefined }) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', filter],
    queryFn: ({ signal, pageParam }) =>
      body(api.GET('/api/notifications/deliveries', { params: { query: { ...filter, limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // No event speaks of deliveries.
    refetchInterval: 15_000,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => body(api.GET('/api/notifications/deliveries/{delivery_id}', { params: { path: { delivery_id: id } }, signal })),
  });

export const auditQuery = ({ type, action, stack, resource, actor, from, to }: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', { type, action, stack, resource, actor, from, to }],
    queryFn: ({ signal, pageParam }) =>
      body(
        api.GET('/api/audit', {
          params: {
            query: {
              resource_type: type, action, stack_id: stack, resource_id: resource, actor_id: actor,
              from: from && startOf(from), to: to && startOf(to, true), limit: 50, cursor: pageParam,
            },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // Not every deed is an event.
    staleTime: 0,
  });
