import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink } from 'lucide-react';
import { isNotFound } from '@/api/problem';
import { agentQuery, stackQuery } from '@/api/queries';
import { LoadError, PageHeader } from '@/components/basics';
import { concernsAgent, EventFeed } from '@/components/feed';
import { Lifecycle } from '@/components/lifecycle';
import { AgentBadge, isRolledBack, RolledBackBadge, SessionBadge } from '@/components/status';
import { Tabs } from '@/components/tabs';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { useTitle } from '@/lib/hooks';
import { NotFound } from './not-found';

export function useAgent() {
  const { agentId } = useParams({ from: '/app/agents/$agentId' });
  return useQuery(agentQuery(agentId));
}

export function AgentPage() {
  const { data: agent, error, refetch } = useAgent();
  const stack = useQuery({ ...stackQuery(agent?.stack_id ?? ''), enabled: agent?.stack_id != null });
  useTitle(agent?.name ?? 'Agent');
  if (isNotFound(error)) return <NotFound what="agent" />;
  if (!agent) return error ? <LoadError error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-72 rounded-xl" />;
  const back = 'mb-3 inline-flex max-w-full items-center gap-1 text-[13px] text-soft hover:text-ink';
  const params = { agentId: agent.id };
  return (
    <>
      {agent.stack_id ? (
        <Link to="/stacks/$stackId" params={{ stackId: agent.stack_id }} className={back}>
          <ChevronLeft size={14} className="shrink-0" aria-hidden />
          <span className="truncate">{stack.data?.name ?? 'Stack'}</span>
        </Link>
      ) : (
        <Link to="/agents" className={back}>
          <ChevronLeft size={14} className="shrink-0" aria-hidden />
          Agents
        </Link>
      )}
      <PageHeader
        title={agent.name}
        description={agent.description}
        actions={
          <>
            {agent.ui_url && agent.status === 'running' && (
              <Button asChild>
                <a href={agent.ui_url} target="_blank" rel="noreferrer">
                  <ExternalLink size={15} aria-hidden />
                  Open
                </a>
              </Button>
            )}
            <Lifecycle agent={agent} />
          </>
        }
      >
        <div className="mt-2.5 flex flex-wrap gap-2">
          {agent.kind === 'deployed' && (isRolledBack(agent) ? <RolledBackBadge /> : <AgentBadge status={agent.status} />)}
          {agent.latest_status && (
            <span className="inline-flex items-center gap-2 text-[13px] text-soft">
              {agent.kind === 'deployed' && <span className="ml-1">latest session</span>}
              <SessionBadge status={agent.latest_status} />
            </span>
          )}
          {agent.kind === 'reported' && <span className="text-[13px] leading-6 text-soft">reports {agent.source ? `from ${agent.source}` : 'from elsewhere'}</span>}
        </div>
      </PageHeader>
      <Tabs
        label="Agent"
        tabs={[
          { name: 'Overview', link: { to: '/agents/$agentId', params }, exact: true },
          { name: 'Sessions', link: { to: '/agents/$agentId/sessions', params } },
          ...(agent.kind === 'deployed'
            ? [
                { name: 'Logs', link: { to: '/agents/$agentId/logs', params } as const },
                { name: 'Revisions', link: { to: '/agents/$agentId/revisions', params } as const },
                { name: 'Configuration', link: { to: '/agents/$agentId/configuration', params } as const },
              ]
            : []),
          { name: 'Events', link: { to: '/agents/$agentId/events', params } },
          { name: 'Settings', link: { to: '/agents/$agentId/settings', params } },
        ]}
      />
      <Outlet />
    </>
  );
}

export function AgentEvents() {
  const { data: agent } = useAgent();
  return agent ? (
    <Section title="Events" description="Of the agent and its sessions in the last hour, and live." flush>
      <EventFeed matches={concernsAgent(agent.id)} />
    </Section>
  ) : null;
}
