import { Link } from '@tanstack/react-router';
import type { Agent } from '@/api/types';
import { count } from '@/lib/format';
import { Time } from './basics';
import { AgentState, isBroken, isWaiting, SessionBadge } from './status';

/** Agents as rows that fit a phone as well as a wide screen. */
export function AgentList({ agents, label }: { agents: readonly Agent[]; label: string }) {
  return (
    <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
      {agents.map((agent) => (
        <li key={agent.id} className="relative px-4 py-3 transition-colors hover:bg-sunken/60 sm:px-5">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <div className="min-w-0 flex-1 basis-36">
              <Link
                to="/agents/$agentId"
                params={{ agentId: agent.id }}
                className="font-medium break-words outline-offset-[-2px] after:absolute after:inset-0"
              >
                {agent.name}
              </Link>
              <p className="text-[13px] break-words text-soft">
                {agent.kind === 'deployed' ? 'Deployed here' : agent.source ? `Reports from ${agent.source}` : 'Reports from elsewhere'}
                {agent.session_count > 0 && <> · {count(agent.session_count, 'session')}</>}
                {agent.last_seen && (
                  <span className="sm:hidden">
                    {' '}
                    · <Time value={agent.last_seen} />
                  </span>
                )}
              </p>
            </div>
            <AgentState agent={agent} />
            {agent.kind === 'deployed' && agent.status === 'running' && (isBroken(agent) || isWaiting(agent)) && <SessionBadge status={agent.latest_status!} />}
            <span className="relative w-28 text-right text-[13px] whitespace-nowrap text-soft max-sm:hidden">
              {agent.last_seen ? <Time value={agent.last_seen} /> : 'never reported'}
            </span>
          </div>
          {(agent.status_message ?? agent.latest_message) && (
            <p className="mt-1 line-clamp-2 text-[13px] break-words text-soft">{agent.status_message ?? agent.latest_message}</p>
          )}
        </li>
      ))}
    </ul>
  );
}
