import { useMutation } from '@tanstack/react-query';
import { Download, FileDiff, RotateCw, Undo2 } from 'lucide-react';
import { api, body } from '@/api/client';
import type { Agent, Revision } from '@/api/types';
import { cn } from '@/lib/cn';
import { save } from '@/lib/download';
import { bytes } from '@/lib/format';
import { fileNameOf, originOf } from '@/lib/revisions';
import { CopyButton, Time } from './basics';
import { RevisionBadge } from './status';
import { Button } from './ui/button';

interface RevisionItemProps {
  agent: Agent;
  revision: Revision;
  /** Shows a failed one's log at once. */
  showsLog: boolean;
  /** Null: there is no other one. */
  onCompare: (() => void) | null;
  onRollBack: () => void;
}

/** One revision in the list of them all. */
export function RevisionItem({ agent, revision, showsLog, onCompare, onRollBack }: RevisionItemProps) {
  const { number, state, note, code, created_by: by } = revision;
  const isActive = state === 'active';
  return (
    <li
      aria-current={isActive || undefined}
      className={cn('flex flex-wrap items-start gap-x-4 gap-y-2.5 px-4 py-3.5 last:rounded-b-xl sm:px-5', isActive && 'shadow-[inset_3px_0_0_var(--good)]')}
    >
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h3 className="font-semibold whitespace-nowrap">Revision {number}</h3>
          <RevisionBadge state={state} />
          <span>{originOf(revision)}</span>
        </div>
        {note && <p className="mt-1 max-w-prose break-words whitespace-pre-line">{note}</p>}
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-[13px] text-soft">
          <span className="min-w-0 break-words">
            <Time value={revision.created_at} /> by {by.full_name || by.email}
          </span>
          <span className="inline-flex items-center">
            {bytes(code.size)}
            <span className="px-1.5" aria-hidden>
              ·
            </span>
            <code className="font-mono" title={`SHA-256 of the ZIP: ${code.digest}`}>
              {code.digest.slice(0, 8)}
            </code>
            <CopyButton text={code.digest} label={`Copy the digest of revision ${number}’s code`} className="-my-2 ml-0.5 size-7! text-soft" />
          </span>
          {code.revision !== number && <span>code of revision {code.revision}</span>}
        </p>
        {agent.status === 'stopped' && state === 'deploying' && <p className="mt-1 text-[13px]">It is deployed when the agent is started.</p>}
        {state === 'failed' && <Failure revision={revision} isOpen={showsLog} />}
      </div>
      <div className="flex flex-wrap items-center gap-1.5">
        {number !== agent.revision &&
          agent.status !== 'deleting' &&
          (state === 'failed' ? (
            <Button size="sm" variant="ghost" className="max-sm:-ml-2.5" onClick={onRollBack} aria-label={`Deploy again revision ${number}`}>
              <RotateCw size={14} aria-hidden />
              Deploy again
            </Button>
          ) : (
            <Button size="sm" onClick={onRollBack} aria-label={`Roll back to revision ${number}`}>
              <Undo2 size={14} aria-hidden />
              Roll back
            </Button>
          ))}
        {onCompare && (
          <Button size="sm" variant="ghost" className="max-sm:first:-ml-2.5" onClick={onCompare} aria-label={`Compare revision ${number}`}>
            <FileDiff size={14} aria-hidden />
            Compare
          </Button>
        )}
        <DownloadCode agent={agent} number={number} />
      </div>
    </li>
  );
}

/** The cause as a sentence, and whatever log it quotes where it doesn't push the others away. */
function Failure({ revision: { failure_reason: reason, failure_message: message }, isOpen }: { revision: Revision; isOpen: boolean }) {
  const [sentence, ...log] = (message ?? 'The runtime gave no cause.').split('\n');
  return (
    <div className="mt-2 border-l-2 border-bad/50 pl-3">
      <p className="break-words">
        {reason && <span className="font-medium text-bad">{reason}: </span>}
        {sentence}
      </p>
      {log.length > 0 && (
        <details open={isOpen} className="mt-1.5">
          <summary className="w-fit text-[13px] text-soft hover:text-ink">Log</summary>
          <pre tabIndex={0} role="group" aria-label="Log" className="mt-1.5 max-h-72 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[13px] break-words whitespace-pre-wrap">
            {log.join('\n')}
          </pre>
        </details>
      )}
    </div>
  );
}

function DownloadCode({ agent, number }: { agent: Agent; number: number }) {
  const load = useMutation({
    mutationFn: () =>
      body(api.GET('/api/agents/{agent_id}/revisions/{number}/code', { params: { path: { agent_id: agent.id, number } }, parseAs: 'blob' })),
    onSuccess: (file) => save(file as Blob, fileNameOf(agent.name, number)),
  });
  const label = `Download the code of revision ${number}`;
  return (
    <Button size="sm" variant="ghost" className="w-8 px-0!" busy={load.isPending} aria-label={label} title={label} onClick={() => load.mutate()}>
      {!load.isPending && <Download size={15} aria-hidden />}
    </Button>
  );
}
