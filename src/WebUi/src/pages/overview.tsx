import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Boxes, CircleCheck, CircleX, Hand, Play, Plus, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { agentsQuery, sessionsQuery, stacksQuery } from '@/api/queries';
import type { Agent, Session, Stack } from '@/api/types';
import { Empty, LoadError, PageHeader, Snippet, Time } from '@/components/basics';
import { EventFeed } from '@/components/feed';
import { AgentState, isBroken, isRolledBack, isRunning, isWaiting, SessionBadge, StackBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { cn } from '@/lib/cn';
import { count } from '@/lib/format';
import { useTitle } from '@/lib/hooks';

const rows = 8;

/** Of agents with several sessions at once each session counts; of so many agents that is asked. */
const closelyWatched = 15;

export function Overview() {
  useTitle('Overview');
  const agents = useQuery(agentsQuery());
  const stacks = useQuery(stacksQuery({ limit: 100 }));
  const list = agents.data?.agents ?? [];
  const busy = list.filter((agent) => agent.active_session_count > 1).slice(0, closelyWatched);
  const sessions = useQueries({ queries: busy.map((agent) => sessionsQuery(agent.id, { expired: false, limit: 50 })) });

  if (agents.error && !agents.data) return <LoadError error={agents.error} onRetry={() => void agents.refetch()} />;
  if (!agents.data || !stacks.data) return <OverviewSkeleton />;
  if (list.length === 0) return <Welcome stack={stacks.data.items[0]} />;

  const brokenStacks = stacks.data.items.filter((stack) => stack.status === 'failed');
  const broken = list.filter(isBroken);
  const waiting: { agent: Agent; session?: Session }[] = list.flatMap((agent) => {
    const open = sessions[busy.indexOf(agent)]?.data?.sessions.filter((session) => session.current_status === 'waiting_for_input');
    if (open && open.length > 0) return open.map((session) => ({ agent, session }));
    return isWaiting(agent) ? [{ agent }] : [];
  });
  const running = list.filter(isRunning);

  return (
    <>
      <PageHeader title="Overview" />
      <dl className="mb-6 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure name="Broken now" value={broken.length + brokenStacks.length} icon={CircleX} tone={broken.length + brokenStacks.length > 0 ? 'text-bad' : 'text-soft'} />
        <Figure name="Waiting for a human" value={waiting.length} icon={Hand} tone={waiting.length > 0 ? 'text-warn' : 'text-soft'} />
        <Figure name="Running" value={running.length} icon={Play} tone={running.length > 0 ? 'text-good' : 'text-soft'} />
        <Figure name="Stacks" value={stacks.data.total} icon={Boxes} tone="text-soft" />
      </dl>
      <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="space-y-6">
          <List title="Broken now" all="/agents" total={broken.length + brokenStacks.length} none="Nothing is broken." icon={CircleCheck}>
            {[
              ...brokenStacks.map((stack) => (
                <Row
                  key={stack.id}
                  name={
                    <Link to="/stacks/$stackId" params={{ stackId: stack.id }} className="hover:underline">
                      {stack.name}
                    </Link>
                  }
                  badge={<StackBadge status={stack.status} />}
                  cause={stack.status_message ?? stack.status_reason}
                  time={stack.updated_at}
                />
              )),
              ...broken.map((agent) => (
                <Row
                  key={agent.id}
                  name={<AgentLink agent={agent} />}
                  badge={<BrokenBadge agent={agent} />}
                  cause={causeOf(agent)}
                  time={agent.status === 'failed' || isRolledBack(agent) ? agent.updated_at : agent.last_seen}
                />
              )),
            ].slice(0, rows)}
          </List>
          <List title="Waiting for a human" all="/sessions" total={waiting.length} none="Nobody is waited for." icon={Hand}>
            {waiting.slice(0, rows).map(({ agent, session }) => (
              <Row
                key={session?.id ?? agent.id}
                name={
                  session ? (
                    <>
                      <Link to="/agents/$agentId/sessions/$sessionId" params={{ agentId: agent.id, sessionId: session.id }} className="hover:underline">
                        {session.session_topic}
                      </Link>{' '}
                      <span className="font-normal text-soft">of {agent.name}</span>
                    </>
                  ) : (
                    <AgentLink agent={agent} />
                  )
                }
                badge={<SessionBadge status="waiting_for_input" />}
                cause={isWaiting(agent) && agent.active_session_count < 2 ? agent.latest_message : null}
                time={session?.last_updated ?? agent.last_seen}
              />
            ))}
          </List>
          <List title="Running" all="/agents" total={running.length} none="No agent runs at the moment." icon={Play}>
            {running.slice(0, rows).map((agent) => (
              <Row
                key={agent.id}
                name={<AgentLink agent={agent} />}
                badge={<AgentState agent={agent} />}
                cause={agent.latest_message}
                time={agent.last_seen}
              />
            ))}
          </List>
        </div>
        <Section title="Recent events" description="Of the last hour, and live." flush>
          <EventFeed limit={12} />
        </Section>
      </div>
    </>
  );
}

/** What is said about an agent that isn't well, in the best words there are. */
export function causeOf(agent: Agent): string | null {
  if (agent.status === 'failed' || isRolledBack(agent)) return agent.status_message ?? agent.status_reason;
  if (agent.latest_status === 'expired') return 'It fell silent while it was running.';
  return agent.latest_message ?? null;
}

function BrokenBadge({ agent }: { agent: Agent }) {
  const isItsSession = agent.status !== 'failed' && !isRolledBack(agent) && agent.latest_status;
  return isItsSession ? <SessionBadge status={isItsSession} /> : <AgentState agent={agent} />;
}

function AgentLink({ agent }: { agent: Agent }) {
  return (
    <Link to="/agents/$agentId" params={{ agentId: agent.id }} className="hover:underline">
      {agent.name}
    </Link>
  );
}

function Figure({ name, value, icon: Icon, tone }: { name: string; value: number; icon: LucideIcon; tone: string }) {
  return (
    <div className="flex flex-col-reverse justify-end rounded-xl border border-line bg-surface px-4 py-3.5">
      <dt className="text-[13px] text-soft">{name}</dt>
      <dd className="flex items-center justify-between gap-2">
        <span className="text-2xl font-semibold tracking-tight">{value.toLocaleString('en')}</span>
        <Icon size={18} className={tone} aria-hidden />
      </dd>
    </div>
  );
}

interface ListProps {
  title: string;
  all: '/agents' | '/sessions';
  total: number;
  none: string;
  icon: LucideIcon;
  children: ReactNode[];
}

function List({ title, all, total, none, icon: Icon, children }: ListProps) {
  return (
    <Section
      title={title}
      flush
      actions={
        total > rows && (
          <Link to={all} className="text-[13px] font-medium text-accent-ink underline-offset-2 hover:underline">
            {count(total, 'in all', 'in all')}
            <span className="sr-only">: {title}</span>
          </Link>
        )
      }
    >
      {children.length === 0 ? (
        <p className="flex items-center gap-2.5 px-4 pt-1 pb-5 text-soft sm:px-5">
          <Icon size={16} className="shrink-0" aria-hidden />
          {none}
        </p>
      ) : (
        <ul aria-label={title} className="divide-y divide-line border-t border-line">
          {children}
        </ul>
      )}
    </Section>
  );
}

function Row({ name, badge, cause, time }: { name: ReactNode; badge: ReactNode; cause?: string | null | undefined; time: string | null }) {
  return (
    <li className="px-4 py-3 sm:px-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <p className="min-w-0 flex-1 basis-28 font-medium break-words">{name}</p>
        {badge}
        {time && <Time value={time} className="w-20 text-right text-[13px] text-soft max-sm:hidden" />}
      </div>
      <p className={cn('mt-1 line-clamp-2 text-[13px] break-words text-soft', !cause && 'sm:hidden')}>
        {time && (
          <span className="sm:hidden">
            <Time value={time} />
            {cause && ' · '}
          </span>
        )}
        {cause}
      </p>
    </li>
  );
}

function Welcome({ stack }: { stack: Stack | undefined }) {
  return (
    <>
      <PageHeader title="Overview" />
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
        <Section title="Deploy an agent" className="h-full">
          <Empty
            icon={Boxes}
            title={stack ? 'Your stack is ready for an agent' : 'Start with a stack'}
            actions={
              stack ? (
                <Button asChild variant="primary">
                  <Link to="/stacks/$stackId/new-agent" params={{ stackId: stack.id }}>
                    <Plus size={16} aria-hidden />
                    New agent
                  </Link>
                </Button>
              ) : (
                <Button asChild variant="primary">
                  <Link to="/stacks">
                    <Plus size={16} aria-hidden />
                    Make a stack
                  </Link>
                </Button>
              )
            }
          >
            A stack holds agents that belong together. Drop an agent’s code into it as a ZIP, and StackAgent runs it, gives it an address and watches over it.
          </Empty>
        </Section>
        <Section title="Or follow an agent that runs elsewhere" description="Any program reports with a key; its first report registers it." className="h-full">
          <ReportSnippet />
          <Button asChild className="mt-4">
            <Link to="/api-keys">Make an API key</Link>
          </Button>
        </Section>
      </div>
    </>
  );
}

/** How a program tells how it is doing. */
export function ReportSnippet({ agentId = 'my-laptop' }: { agentId?: string }) {
  const report = JSON.stringify({ agent_id: agentId, session_topic: 'nightly build', status: 'running', message: 'compiling' }).replaceAll("'", "'\\''");
  return (
    <Snippet
      label="Command that reports"
      code={`curl ${location.origin}/webhook/status \\\n  -H "X-API-Key: $KEY" -H 'Content-Type: application/json' \\\n  -d '${report}'`}
    />
  );
}

function OverviewSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <PageHeader title="Overview" />
      <div className="mb-6 grid grid-cols-2 gap-3 lg:grid-cols-4">
        {[0, 1, 2, 3].map((index) => (
          <Skeleton key={index} className="h-[5.25rem] rounded-xl" />
        ))}
      </div>
      <div className="grid gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Skeleton className="h-80 rounded-xl" />
        <Skeleton className="h-80 rounded-xl" />
      </div>
    </div>
  );
}
