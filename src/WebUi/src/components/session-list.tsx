import { Link } from '@tanstack/react-router';
import type { Agent, Session } from '@/api/types';
import { count } from '@/lib/format';
import { useNow } from '@/lib/hooks';
import { Duration, Time } from './basics';
import { SessionBadge } from './status';

export interface SessionOfAgent {
  readonly session: Session;
  readonly agent: Pick<Agent, 'id' | 'name'>;
}

/** Sessions as rows, with the agent's name where they are of several. */
export function SessionList({ sessions, label, withAgent }: { sessions: readonly SessionOfAgent[]; label: string; withAgent?: boolean }) {
  return (
    <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
      {sessions.map(({ session, agent }) => (
        <li key={session.id} className="relative flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-3 transition-colors hover:bg-sunken/60 sm:px-5">
          <div className="min-w-0 flex-1 basis-36">
            <Link
              to="/agents/$agentId/sessions/$sessionId"
              params={{ agentId: agent.id, sessionId: session.id }}
              className="font-medium break-words outline-offset-[-2px] after:absolute after:inset-0"
            >
              {session.session_topic}
            </Link>
            <p className="text-[13px] break-words text-soft">
              {withAgent && <>{agent.name} · </>}
              {count(session.report_count, 'report')}
              <RunTime session={session} before=" · " />
              {session.expired && session.current_status !== 'expired' && ' · over'}
              <span className="sm:hidden">
                {' '}
                · <Time value={session.last_updated} />
              </span>
            </p>
          </div>
          <SessionBadge status={session.current_status} />
          <Time value={session.last_updated} className="relative w-20 text-right text-[13px] text-soft max-sm:hidden" />
        </li>
      ))}
    </ul>
  );
}

/** How long the present run has been going on, or how long the last one took. */
export function RunTime({ session, before = '' }: { session: Session; before?: string }) {
  const now = useNow();
  if (session.current_status === 'running' && session.started_at !== undefined && !session.expired) {
    const seconds = (now - new Date(session.started_at).getTime()) / 1000;
    return seconds < 10 ? null : <>{before}running for <Duration seconds={Math.floor(seconds)} /></>;
  }
  return session.duration_seconds ? <>{before}ran <Duration seconds={session.duration_seconds} /></> : null;
}
