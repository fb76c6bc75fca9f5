import { Archive, Ban, BellOff, Bot, CircleCheck, CircleDashed, CirclePause, CircleX, Clock, ClockAlert, Hand, History, LoaderCircle, Play, Trash2, type LucideIcon } from 'lucide-react';
import type { Agent, AgentStatus, DeliveryState, RevisionState, SessionState, StackStatus } from '@/api/types';
import { cn } from '@/lib/cn';

type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

interface Look {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly turns?: boolean;
}

const tones: Record<Tone, string> = {
  good: 'bg-good-wash text-good',
  bad: 'bg-bad-wash text-bad',
  warn: 'bg-warn-wash text-warn',
  busy: 'bg-busy-wash text-busy',
  idle: 'bg-idle-wash text-idle',
};

const agentLooks: Record<AgentStatus, Look> = {
  pending: { label: 'Pending', tone: 'busy', icon: CircleDashed },
  deploying: { label: 'Deploying', tone: 'busy', icon: LoaderCircle, turns: true },
  running: { label: 'Running', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  stopped: { label: 'Stopped', tone: 'idle', icon: CirclePause },
  deleting: { label: 'Deleting', tone: 'idle', icon: Trash2 },
  external: { label: 'External', tone: 'idle', icon: Bot },
};

const stackLooks: Record<StackStatus, Look> = {
  creating: { label: 'Creating', tone: 'busy', icon: LoaderCircle, turns: true },
  ready: { label: 'Ready', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  deleting: { label: 'Deleting', tone: 'idle', icon: Trash2 },
};

const sessionLooks: Record<SessionState, Look> = {
  running: { label: 'Running', tone: 'busy', icon: Play },
  success: { label: 'Succeeded', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  pending: { label: 'Pending', tone: 'idle', icon: Clock },
  waiting_for_input: { label: 'Waiting for input', tone: 'warn', icon: Hand },
  expired: { label: 'Fell silent', tone: 'bad', icon: ClockAlert },
};

const deliveryLooks: Record<DeliveryState, Look> = {
  pending: { label: 'Pending', tone: 'busy', icon: Clock },
  delivered: { label: 'Delivered', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  muted: { label: 'Muted', tone: 'idle', icon: BellOff },
  canceled: { label: 'Cancelled', tone: 'idle', icon: Ban },
};

const revisionLooks: Record<RevisionState, Look> = {
  deploying: { label: 'Deploying', tone: 'busy', icon: LoaderCircle, turns: true },
  active: { label: 'Active', tone: 'good', icon: CircleCheck },
  superseded: { label: 'Superseded', tone: 'idle', icon: Archive },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
};

/** Always icon, word and colour: none of the three has to be seen for the other two to say it. */
export function Badge({ look, className }: { look: Look; className?: string }) {
  const Icon = look.icon;
  return (
    <span
      className={cn('inline-flex shrink-0 items-center gap-1.5 rounded-full py-0.5 pr-2.5 pl-2 text-[13px] font-medium whitespace-nowrap', tones[look.tone], className)}
    >
      <Icon size={14} className={cn('shrink-0', look.turns && 'spin-slow')} aria-hidden />
      {look.label}
    </span>
  );
}

export const AgentBadge = ({ status }: { status: AgentStatus }) => <Badge look={agentLooks[status] ?? unknown(status)} />;
export const RolledBackBadge = () => <Badge look={{ label: 'Rolled back', tone: 'warn', icon: History }} />;
export const StackBadge = ({ status }: { status: StackStatus }) => <Badge look={stackLooks[status] ?? unknown(status)} />;
export const SessionBadge = ({ status }: { status: SessionState }) => <Badge look={sessionLooks[status] ?? unknown(status)} />;
export const DeliveryBadge = ({ state }: { state: DeliveryState }) => <Badge look={deliveryLooks[state] ?? unknown(state)} />;

export const RevisionBadge = ({ state }: { state: RevisionState }) => <Badge look={revisionLooks[state] ?? unknown(state)} />;

/** A server that is newer than this page may know more words. */
function unknown(status: string): Look {
  return { label: status, tone: 'idle', icon: CircleDashed };
}

export const agentStatusLabel = (status: AgentStatus): string => agentLooks[status]?.label ?? status;
export const sessionStateLabel = (status: SessionState): string => sessionLooks[status]?.label ?? status;

/** The one badge of an agent in a list: of an agent that runs elsewhere, what it reported last. */
export function AgentState({ agent }: { agent: Agent }) {
  if (isRolledBack(agent)) return <RolledBackBadge />;
  if (agent.kind === 'deployed' || !agent.latest_status) return <AgentBadge status={agent.status} />;
  return <SessionBadge status={agent.latest_status} />;
}

/** Somebody wants it not to run, so what its last session was about troubles nobody any more. */
const isPutAway = (agent: Agent): boolean => agent.status === 'stopped' || agent.status === 'deleting';

/** What it was changed to doesn't run, so what was there before serves. */
export const isRolledBack = (agent: Pick<Agent, 'status' | 'status_reason'>): boolean => agent.status === 'running' && agent.status_reason === 'RolledBack';

export function isBroken(agent: Agent): boolean {
  if (isPutAway(agent)) return false;
  return agent.status === 'failed' || isRolledBack(agent) || agent.latest_status === 'failed' || agent.latest_status === 'expired';
}

export function isWaiting(agent: Agent): boolean {
  return agent.latest_status === 'waiting_for_input' && !isPutAway(agent);
}

export function isRunning(agent: Agent): boolean {
  return !isPutAway(agent) && !isBroken(agent) && !isWaiting(agent) && (agent.status === 'running' || agent.latest_status === 'running');
}
