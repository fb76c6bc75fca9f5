import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { sessionsQuery } from '@/api/queries';
import { Empty, LoadError, Pagination } from '@/components/basics';
import { SessionList } from '@/components/session-list';
import { Card, Skeleton } from '@/components/ui/card';
import { useAgent } from './agent';
import { ReportSnippet } from './overview';

export function AgentSessions() {
  const { data: agent } = useAgent();
  const { page, expired } = useSearch({ from: '/app/agents/$agentId/sessions' });
  const navigate = useNavigate({ from: '/agents/$agentId/sessions' });
  const sessions = useQuery({
    ...sessionsQuery(agent?.id ?? '', { page, ...(expired === 'hide' && { expired: false }) }),
    enabled: agent !== undefined,
  });
  if (!agent) return null;
  if (!sessions.data) return sessions.error ? <LoadError error={sessions.error} onRetry={() => void sessions.refetch()} /> : <Skeleton className="h-60 rounded-xl" />;
  return (
    <>
      <label className="mb-4 inline-flex items-center gap-2.5">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={expired === 'hide'}
          onChange={(event) => void navigate({ search: { expired: event.target.checked ? 'hide' : undefined }, replace: true, resetScroll: false })}
        />
        Hide those that are over
      </label>
      {sessions.data.sessions.length > 0 ? (
        <SessionList sessions={sessions.data.sessions.map((session) => ({ session, agent }))} label={`Sessions of ${agent.name}`} />
      ) : (
        <Card>
          <Empty icon={Activity} title={expired === 'hide' ? 'No session is alive' : 'No session yet'}>
            <p>A report with a new topic opens one{agent.kind === 'deployed' ? '. The agent finds its id and key in its environment' : ''}:</p>
            <div className="mt-4">
              <ReportSnippet agentId={agent.agent_id} />
            </div>
          </Empty>
        </Card>
      )}
      <Pagination
        page={sessions.data.page}
        pages={sessions.data.pages}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, page: next > 1 ? next : undefined }) })}
      />
    </>
  );
}
