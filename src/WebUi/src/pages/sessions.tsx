import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, SearchX } from 'lucide-react';
import { agentsQuery, sessionsQuery } from '@/api/queries';
import { Empty, LoadError, PageHeader } from '@/components/basics';
import { SessionList } from '@/components/session-list';
import { sessionStateLabel } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Card, Skeleton } from '@/components/ui/card';
import { Select } from '@/components/ui/form';
import type { SessionState } from '@/api/types';
import { count } from '@/lib/format';
import { useTitle } from '@/lib/hooks';
import { ReportSnippet } from './overview';

const states: SessionState[] = ['waiting_for_input', 'running', 'failed', 'expired', 'pending', 'success'];

/** The API lists sessions by agent, so they are of those agents that reported last, and of more on demand. */
const step = 10;

export function Sessions() {
  useTitle('Sessions');
  const filter = useSearch({ from: '/app/sessions' });
  const navigate = useNavigate({ from: '/sessions' });
  const agents = useQuery(agentsQuery());
  const withSessions = agents.data?.agents.filter((agent) => agent.session_count > 0) ?? [];
  const asked = withSessions.slice(0, filter.agents ?? step);
  const results = useQueries({ queries: asked.map((agent) => sessionsQuery(agent.id, { limit: 50 })) });
  const all = asked
    .flatMap((agent, index) => results[index]?.data?.sessions.map((session) => ({ agent, session })) ?? [])
    .sort((one, other) => other.session.last_updated.localeCompare(one.session.last_updated));
  const shown = filter.status === undefined ? all : all.filter(({ session }) => session.current_status === filter.status);
  const failed = results.find((result) => result.error && !result.data);
  const isLoading = !agents.data || results.some((result) => result.isPending && !result.error);

  return (
    <>
      <PageHeader
        title="Sessions"
        description={
          withSessions.length > asked.length
            ? `The latest of the ${asked.length} agents that reported last, of ${withSessions.length}.`
            : 'What all agents are doing, the latest report first.'
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Select
          aria-label="Status"
          fits
          value={filter.status ?? ''}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, status: event.target.value || undefined }), replace: true })}
        >
          <option value="">Any status</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {sessionStateLabel(state)}
            </option>
          ))}
        </Select>
        {!isLoading && <p className="text-soft" role="status">{count(shown.length, 'session')}</p>}
      </div>
      {agents.error && !agents.data ? (
        <LoadError error={agents.error} onRetry={() => void agents.refetch()} />
      ) : failed && all.length === 0 ? (
        <LoadError error={failed.error} onRetry={() => void failed.refetch()} />
      ) : isLoading && all.length === 0 ? (
        <Skeleton className="h-72 rounded-xl" />
      ) : shown.length > 0 ? (
        <SessionList sessions={shown} label="Sessions" withAgent />
      ) : all.length > 0 ? (
        <Card>
          <Empty icon={SearchX} title="No session is in this state" actions={<Button onClick={() => void navigate({ search: ({ agents: shownAgents }) => ({ agents: shownAgents }) })}>Show all sessions</Button>} />
        </Card>
      ) : (
        <Card>
          <Empty
            icon={Activity}
            title="No session yet"
            actions={
              <Button asChild>
                <Link to="/api-keys">Make an API key</Link>
              </Button>
            }
          >
            <p>A session is what an agent works on. The first report about it opens it:</p>
            <div className="mt-4">
              <ReportSnippet />
            </div>
          </Empty>
        </Card>
      )}
      {withSessions.length > asked.length && (
        <Button className="mt-4" onClick={() => void navigate({ search: (before) => ({ ...before, agents: (filter.agents ?? step) + step }), replace: true, resetScroll: false })}>
          Show {step} more agents
        </Button>
      )}
    </>
  );
}
