import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { agentStatsQuery, sessionsQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { Duration, Mono, Snippet, Time } from '@/components/basics';
import { Rollout } from '@/components/rollout';
import { isRolledBack, SessionBadge } from '@/components/status';
import { Fact, Facts, Section, Skeleton } from '@/components/ui/card';
import { count, percent } from '@/lib/format';
import { useAgent } from './agent';
import { ReportSnippet } from './overview';

export function AgentOverview() {
  const { data: agent } = useAgent();
  if (!agent) return null;
  const isDeployed = agent.kind === 'deployed';
  return (
    <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="space-y-6">
        {isDeployed && agent.status !== 'deleting' && (
          <Section title="Deployment">
            {agent.status === 'running' && agent.api_url && !isRolledBack(agent) ? (
              <div className="flex items-start gap-3">
                <CircleCheck size={20} className="mt-px shrink-0 text-good" aria-hidden />
                <div className="min-w-0">
                  <p className="font-medium">It runs and answers at</p>
                  <Mono copy="Copy the address">{agent.api_url}</Mono>
                </div>
              </div>
            ) : (
              <Rollout agent={agent} />
            )}
          </Section>
        )}
        <Runs agent={agent} />
        <RecentSessions agent={agent} />
      </div>
      <div className="space-y-6">
        <Section title="About">
          <Facts>
            <Fact name="Agent id"><Mono copy="Copy the agent’s id">{agent.agent_id}</Mono></Fact>
            {isDeployed && <Fact name="Revision">{agent.revision}</Fact>}
            {agent.source && <Fact name="Source">{agent.source}</Fact>}
            {agent.disk_path && <Fact name="Code on disk"><Mono copy="Copy the path">{agent.disk_path}</Mono></Fact>}
            <Fact name={isDeployed ? 'Deployed' : 'First seen'}><Time value={agent.registered} /> by {agent.created_by.full_name}</Fact>
            <Fact name="Last report">{agent.last_seen ? <Time value={agent.last_seen} /> : 'none yet'}</Fact>
          </Facts>
        </Section>
        {isDeployed && agent.api_url && agent.status === 'running' ? (
          <Section title="Call it">
            <Snippet label="Command that calls the agent" code={`curl ${agent.api_url} -d 'Hello, agent!'`} />
          </Section>
        ) : (
          !isDeployed && (
            <Section title="Report as this agent">
              <ReportSnippet agentId={agent.agent_id} />
            </Section>
          )
        )}
      </div>
    </div>
  );
}

function Runs({ agent }: { agent: Agent }) {
  const { data: stats } = useQuery(agentStatsQuery(agent.id));
  if (!stats) return <Skeleton className="h-28 rounded-xl" />;
  return (
    <Section title="Runs of the last day">
      {stats.runs === 0 ? (
        <p className="text-soft">No run has ended in this time. {stats.reports > 0 && `${count(stats.reports, 'report')} came in.`}</p>
      ) : (
        <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-4">
          <Figure name="Runs">{stats.runs.toLocaleString('en')}</Figure>
          <Figure name="Succeeded">{stats.success_rate === null ? '–' : percent(stats.success_rate)}</Figure>
          <Figure name="Half take up to">{stats.median_duration_seconds === null ? '–' : <Duration seconds={stats.median_duration_seconds} />}</Figure>
          <Figure name="95 % take up to">{stats.p95_duration_seconds === null ? '–' : <Duration seconds={stats.p95_duration_seconds} />}</Figure>
        </dl>
      )}
    </Section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-col-reverse justify-end">
      <dt className="text-[13px] text-soft">{name}</dt>
      <dd className="text-lg font-semibold tracking-tight">{children}</dd>
    </div>
  );
}

function RecentSessions({ agent }: { agent: Agent }) {
  const { data } = useQuery(sessionsQuery(agent.id, { limit: 50 }));
  const sessions = data?.sessions.slice(0, 5) ?? [];
  return (
    <Section
      title="Latest sessions"
      flush
      actions={
        sessions.length > 0 && (
          <Link to="/agents/$agentId/sessions" params={{ agentId: agent.id }} className="text-[13px] font-medium text-accent-ink underline-offset-2 hover:underline">
            All sessions
          </Link>
        )
      }
    >
      {!data ? (
        <Skeleton className="mx-4 mb-4 h-24" />
      ) : sessions.length === 0 ? (
        <p className="px-4 pt-1 pb-5 text-soft sm:px-5">The agent hasn’t reported yet. Its reports appear here at once.</p>
      ) : (
        <ul aria-label="Latest sessions" className="divide-y divide-line border-t border-line">
          {sessions.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-3 sm:px-5">
              <Link
                to="/agents/$agentId/sessions/$sessionId"
                params={{ agentId: agent.id, sessionId: session.id }}
                className="min-w-0 flex-1 basis-28 font-medium break-words hover:underline"
              >
                {session.session_topic}
              </Link>
              <SessionBadge status={session.current_status} />
              <Time value={session.last_updated} className="w-20 text-right text-[13px] text-soft" />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
