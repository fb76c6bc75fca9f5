import { Link } from '@tanstack/react-router';
import type { Agent } from '@/api/types';
import { count } from '@/lib/format';
import { Time } from './basics';
import { AgentState, SessionBadge } from './status';

/** Agents as rows that fit a phone as well as a wide screen. */
export function AgentList({ agents, label }: { agents: readonly Agent[]; label: string }) {
  return (
    <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
      {agents.map((agent) => (
        <li key={agent.id} className="relative px-4 py-3 transition-colors hover:bg-sunken/60 sm:px-5">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <div className="min-w-0 flex-1 basis-52">
              <Link
                to="/agents/$agentId"
                params={{ agentId: agent.id }}
                className="font-medium break-words outline-offset-[-2px] after:absolute after:inset-0"
              >
                {agent.name}
              </Link>
              <p className="truncate text-[13px] text-soft">
                {agent.kind === 'deployed' ? 'Deployed here' : agent.source ? `Reports from ${agent.source}` : 'Reports from elsewhere'}
                {agent.session_count > 0 && <> · {count(agent.session_count, 'session')}</>}
              </p>
            </div>
            {agent.kind === 'deployed' && agent.latest_status && agent.latest_status !== 'success' && <SessionBadge status={agent.latest_status} />}
            <AgentState agent={agent} />
            <span className="relative w-24 text-right text-[13px] text-soft max-sm:ml-auto">
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
