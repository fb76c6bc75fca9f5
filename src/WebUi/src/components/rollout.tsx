import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, CirclePause, CircleX, ExternalLink, LoaderCircle } from 'lucide-react';
import type { Agent } from '@/api/types';
import { cn } from '@/lib/cn';
import { useNow } from '@/lib/hooks';
import { duration } from '@/lib/format';
import { isRolledBack } from './status';
import { Button } from './ui/button';

type State = 'done' | 'now' | 'ahead' | 'failed' | 'paused';

interface Step {
  readonly name: string;
  readonly state: State;
  readonly note?: string | null;
}

/** A deployment step by step, until the agent answers or it is known why not. */
export function Rollout({ agent }: { agent: Agent }) {
  const now = useNow();
  const since = (now - new Date(agent.updated_at).getTime()) / 1000;
  const isMoving = agent.status === 'pending' || agent.status === 'deploying';
  return (
    <div aria-live="polite">
      <ol className="space-y-0">
        {stepsOf(agent).map((step, index, all) => (
          <li key={step.name} className="relative flex gap-3 pb-5 last:pb-0">
            {index < all.length - 1 && <span aria-hidden className={cn('absolute top-6 bottom-0 left-[9px] w-px', step.state === 'done' ? 'bg-good/50' : 'bg-line')} />}
            <StepIcon state={step.state} />
            <div className="min-w-0 flex-1">
              <p className={cn('font-medium', step.state === 'ahead' && 'text-soft', step.state === 'failed' && 'text-bad')}>
                {step.name}
                <span className="sr-only">{`: ${words[step.state]}`}</span>
                {step.state === 'now' && isMoving && since >= 10 && <span className="ml-2 text-[13px] font-normal text-soft">for {duration(since)}</span>}
              </p>
              {step.note && <Note text={step.note} isBad={step.state === 'failed'} />}
              {step.state === 'failed' && (
                <Link
                  to="/agents/$agentId/logs"
                  params={{ agentId: agent.id }}
                  search={{ previous: isRolledBack(agent) || undefined }}
                  className="mt-2 inline-block font-medium text-accent-ink underline underline-offset-2"
                >
                  Read the whole log
                </Link>
              )}
            </div>
          </li>
        ))}
      </ol>
      {agent.status === 'running' && agent.api_url && (
        <Button asChild variant="primary" className="mt-5">
          <a href={agent.ui_url ?? agent.api_url} target="_blank" rel="noreferrer">
            <ExternalLink size={15} aria-hidden />
            Open the agent
          </a>
        </Button>
      )}
    </div>
  );
}

/** The sentence, and below it whatever lines it quotes, such as the end of a log. */
function Note({ text, isBad }: { text: string; isBad: boolean }) {
  const [sentence, ...lines] = text.split('\n');
  return (
    <>
      <p className={cn('mt-0.5 break-words', isBad ? 'text-ink' : 'text-soft')}>{sentence}</p>
      {lines.length > 0 && (
        <pre tabIndex={0} role="group" aria-label="Log" className="mt-2 max-h-72 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[13px] break-words whitespace-pre-wrap">
          {lines.join('\n')}
        </pre>
      )}
    </>
  );
}

const words: Record<State, string> = { done: 'done', now: 'under way', ahead: 'still to come', failed: 'failed', paused: 'stopped' };

function StepIcon({ state }: { state: State }) {
  const at = 'relative mt-px size-5 shrink-0';
  switch (state) {
    case 'done':
      return <CircleCheck className={cn(at, 'text-good')} aria-hidden />;
    case 'now':
      return <LoaderCircle className={cn(at, 'spin-slow text-busy')} aria-hidden />;
    case 'failed':
      return <CircleX className={cn(at, 'text-bad')} aria-hidden />;
    case 'paused':
      return <CirclePause className={cn(at, 'text-idle')} aria-hidden />;
    default:
      return <CircleDashed className={cn(at, 'text-soft')} aria-hidden />;
  }
}

function stepsOf(agent: Agent): Step[] {
  const cause = [agent.status_reason, agent.status_message].filter(Boolean).join(': ') || null;
  const stored: Step = { name: 'Code checked and stored', state: 'done' };
  if (isRolledBack(agent))
    return [stored, { name: 'It didn’t run', state: 'failed', note: agent.status_message }, { name: `Revision ${agent.revision} serves again`, state: 'done', note: agent.api_url }];
  switch (agent.status) {
    case 'pending':
      return [stored, { name: 'Waiting to be started', state: 'now', note: agent.status_message }, { name: 'Starting', state: 'ahead' }, { name: 'Answering', state: 'ahead' }];
    case 'deploying':
      return [stored, { name: 'Handed to the runtime', state: 'done' }, { name: 'Starting', state: 'now', note: cause }, { name: 'Answering', state: 'ahead' }];
    case 'failed':
      return [stored, { name: 'Handed to the runtime', state: 'done' }, { name: 'It doesn’t run', state: 'failed', note: cause ?? 'The runtime gave no cause.' }];
    case 'stopped':
      return [stored, { name: 'Stopped', state: 'paused', note: agent.status_message ?? 'Nothing of it runs. Its start deploys the newest code and configuration.' }];
    default:
      return [stored, { name: 'Handed to the runtime', state: 'done' }, { name: 'Started', state: 'done' }, { name: 'Answering', state: 'done', note: agent.api_url }];
  }
}
