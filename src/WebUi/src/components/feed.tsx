import { Link } from '@tanstack/react-router';
import { Activity, BellOff, Bot, Boxes, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { LiveEvent } from '@/api/types';
import { count } from '@/lib/format';
import { useSeenEvents } from '@/live';
import type { SeenEvent } from '@/live/hub';
import { Time } from './basics';
import { AgentBadge, isRolledBack, RolledBackBadge, SessionBadge, StackBadge } from './status';

const link = 'font-medium hover:underline underline-offset-2';

interface Line {
  icon: ReactNode;
  text: ReactNode;
  note?: string | null;
}

/** What happened lately, newest first. */
export function EventFeed({ matches, limit = 50 }: { matches?: (event: LiveEvent) => boolean; limit?: number }) {
  const all = useSeenEvents();
  const now = matches ? all.filter(({ event }) => matches(event)) : all;
  // Nothing moves away under a pointer or a finger, or from where the keyboard is.
  const [held, setHeld] = useState<readonly SeenEvent[] | null>(null);
  const events = (held ?? now).slice(0, limit);
  const waiting = held === null ? 0 : now.findIndex(({ key }) => key === held[0]?.key);
  if (events.length === 0)
    return (
      <p className="flex items-center gap-2.5 px-4 pt-1 pb-5 text-soft sm:px-5">
        <Activity size={16} className="shrink-0" aria-hidden />
        What happens from now on appears here at once.
      </p>
    );
  return (
    <div
      className="relative"
      onPointerEnter={() => setHeld(now)}
      onPointerLeave={() => setHeld(null)}
      onFocus={() => setHeld((before) => before ?? now)}
      onBlur={() => setHeld(null)}
    >
      {waiting > 0 && (
        <p className="appear pointer-events-none absolute inset-x-0 -top-3 z-10 flex justify-center">
          <span className="rounded-full border border-line bg-surface px-2.5 text-[13px] font-medium text-accent-ink shadow-sm shadow-black/10">
            {count(waiting, 'new event', 'new events')}
          </span>
        </p>
      )}
      <ol aria-label="Events, newest first" className="divide-y divide-line border-t border-line">
        {events.map(({ key, event }) => {
          const line = lineOf(event);
          return (
            <li key={key} className="flex items-start gap-3 px-4 py-2.5 sm:px-5">
              <div className="min-w-0 flex-1">
                <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                  {line.icon}
                  <span className="min-w-0 break-words">{line.text}</span>
                </div>
                {line.note && <p className="mt-0.5 line-clamp-2 text-[13px] break-words text-soft">{line.note}</p>}
              </div>
              <Time value={event.timestamp} className="mt-0.5 text-[13px] text-soft" />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

export const concernsAgent = (id: string) => (event: LiveEvent) => 'agent' in event.data && event.data.agent.id === id;

export const concernsStack = (id: string) => (event: LiveEvent) =>
  ('stack' in event.data && event.data.stack.id === id) || ('agent' in event.data && event.data.agent.stack_id === id);

function lineOf({ type, data }: LiveEvent): Line {
  switch (type) {
    case 'agent.registered':
      return { icon: plain(<Bot size={14} aria-hidden />), text: <>{agent(data)} is here</> };
    case 'agent.updated':
      return { icon: plain(<Bot size={14} aria-hidden />), text: <>{agent(data)} was changed</> };
    case 'agent.status_changed':
      return isRolledBack(data)
        ? { icon: <RolledBackBadge />, text: agent(data), note: data.status_message }
        : { icon: <AgentBadge status={data.status} />, text: agent(data), note: data.status_message ?? data.status_reason };
    case 'agent.deleted':
      return { icon: plain(<Trash2 size={14} aria-hidden />), text: <>{data.agent.name} was deleted</> };
    case 'stack.created':
      return { icon: plain(<Boxes size={14} aria-hidden />), text: <>{stack(data)} was created</> };
    case 'stack.updated':
      return { icon: plain(<Boxes size={14} aria-hidden />), text: <>{stack(data)} was changed</> };
    case 'stack.status_changed':
      return { icon: <StackBadge status={data.status} />, text: stack(data), note: data.status_message };
    case 'stack.deleted':
      return { icon: plain(<Trash2 size={14} aria-hidden />), text: <>{data.stack.name} was deleted</> };
    case 'session.status_changed':
      return { icon: <SessionBadge status={data.status} />, text: topic(data), note: data.message };
    case 'session.expired':
      return data.status === 'expired'
        ? { icon: <SessionBadge status="expired" />, text: topic(data), note: 'No report came in time.' }
        : { icon: <SessionBadge status={data.status} />, text: topic(data), note: 'The session is over: no report came for as long as it lives.' };
    case 'session.recovered':
      return { icon: <SessionBadge status={data.status} />, text: <>{topic(data)} is back</>, note: data.message };
    case 'session.deleted':
      return { icon: plain(<Trash2 size={14} aria-hidden />), text: <>{data.session.session_topic} of {agent(data)} was deleted</> };
    case 'endpoint.disabled':
      return {
        icon: plain(<BellOff size={14} aria-hidden />),
        text: (
          <Link to="/notifications" className={link}>
            Notifications to {data.endpoint.host} are off
          </Link>
        ),
        note: data.reason === 'gone' ? 'The address answered that it is gone.' : 'Every try of the last days failed.',
      };
    default:
      return { icon: plain(<Activity size={14} aria-hidden />), text: type };
  }
}

function plain(icon: ReactNode): ReactNode {
  return <span className="grid size-6 place-items-center rounded-full bg-idle-wash text-idle">{icon}</span>;
}

function agent({ agent: { id, name } }: { agent: { id: string; name: string } }): ReactNode {
  return (
    <Link to="/agents/$agentId" params={{ agentId: id }} className={link}>
      {name}
    </Link>
  );
}

function stack({ stack: { id, name } }: { stack: { id: string; name: string } }): ReactNode {
  return (
    <Link to="/stacks/$stackId" params={{ stackId: id }} className={link}>
      {name}
    </Link>
  );
}

function topic(data: { agent: { id: string; name: string }; session: { id: string; session_topic: string } }): ReactNode {
  return (
    <>
      <Link to="/agents/$agentId/sessions/$sessionId" params={{ agentId: data.agent.id, sessionId: data.session.id }} className={link}>
        {data.session.session_topic}
      </Link>{' '}
      <span className="text-soft">of {data.agent.name}</span>
    </>
  );
}
