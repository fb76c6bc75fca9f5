import { useInfiniteQuery } from '@tanstack/react-query';
import { Upload, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { revisionsQuery } from '@/api/queries';
import type { Agent, Revision } from '@/api/types';
import { LoadError, Snippet } from '@/components/basics';
import { Compare, RollBack, UploadCode } from '@/components/revision-dialogs';
import { RevisionItem } from '@/components/revision-item';
import { Rollout } from '@/components/rollout';
import { RevisionBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { Dialog } from '@/components/ui/dialog';
import { toast } from '@/components/ui/toast';
import { rolloutOf } from '@/lib/revisions';
import { useAgent } from './agent';
import { NotFound } from './not-found';

export function AgentRevisions() {
  const { data: agent } = useAgent();
  if (!agent) return null;
  // One that only reports runs elsewhere.
  return agent.kind === 'deployed' ? <Revisions key={agent.id} agent={agent} /> : <NotFound />;
}

type Open = { what: 'upload' } | { what: 'compare' | 'rollback'; number: number };

function Revisions({ agent }: { agent: Agent }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(revisionsQuery(agent.id));
  const [open, setOpen] = useState<Open | null>(null);
  const revisions = data?.pages.flatMap((page) => page.items) ?? [];
  const newest = revisions[0];
  const rollout = useRollout(agent, newest);
  const goesBack = newest?.config.auto_rollback !== false;
  const close = (): void => setOpen(null);
  const chosen = open && 'number' in open ? revisions.find(({ number }) => number === open.number) : undefined;
  if (!data) return error ? <LoadError error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-60 rounded-xl" />;
  return (
    <div className="space-y-6">
      {newest && rollout && <Progress newest={newest} rollout={rollout} />}
      <Section
        title="Revisions"
        description="Every change of code or configuration, newest first. What runs goes on until the next one is ready."
        flush
        actions={
          agent.status !== 'deleting' && (
            <Button variant="primary" onClick={() => setOpen({ what: 'upload' })}>
              <Upload size={15} aria-hidden />
              Upload new code
            </Button>
          )
        }
      >
        <ol aria-label="Revisions, newest first" className="divide-y divide-line border-t border-line">
          {revisions.map((revision) => (
            <RevisionItem
              key={revision.number}
              agent={agent}
              revision={revision}
              showsLog={revision === newest && !rollout}
              onCompare={revisions.length > 1 ? () => setOpen({ what: 'compare', number: revision.number }) : null}
              onRollBack={() => setOpen({ what: 'rollback', number: revision.number })}
            />
          ))}
        </ol>
      </Section>
      {hasNextPage && (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show earlier revisions
        </Button>
      )}
      <details>
        <summary className="w-fit text-soft hover:text-ink">From a terminal or a pipeline</summary>
        <div className="mt-3">
          <Snippet
            label="Command that uploads new code"
            code={`curl -X PUT "${location.origin}/api/agents/${agent.id}/code?wait=5m" \\\n  -H "X-API-Key: $KEY" \\\n  -F file=@agent.zip -F note='What is new'`}
          />
        </div>
      </details>
      <Dialog open={open?.what === 'upload'} onClose={close} wide title="Upload new code" description={`The configuration stays as it is. ${goesBack ? 'When the new code doesn’t run, the agent goes back by itself.' : 'When the new code doesn’t run, what runs now goes on.'}`}>
        <UploadCode
          agent={agent}
          revisions={revisions}
          onClose={close}
          onDone={({ number }) => {
            close();
            if (revisions.some((known) => known.number === number)) toast('It has this code already, so nothing was changed.');
          }}
        />
      </Dialog>
      {open?.what === 'compare' && chosen && <Compare agentId={agent.id} revisions={revisions} revision={chosen} onClose={close} />}
      {open?.what === 'rollback' && chosen && <RollBack agent={agent} revisions={revisions} target={chosen} onClose={close} onDone={close} />}
    </div>
  );
}

/** The newest revision's way to run, whoever made it; its end stays until somebody has seen it. Null: there is none to show. */
function useRollout(agent: Agent, newest: Revision | undefined): { shown: Agent; isUnderWay: boolean; putAway: () => void } | null {
  const [followed, setFollowed] = useState<number | null>(null);
  const isIdle = agent.status === 'stopped' || agent.status === 'deleting';
  const isUnderWay = newest?.state === 'deploying' && !isIdle;
  const number = newest?.number;
  useEffect(() => {
    if (isUnderWay && number !== undefined) setFollowed(number);
  }, [isUnderWay, number]);
  const shown = newest && !isIdle && (isUnderWay || followed === newest.number) ? rolloutOf(agent, newest) : null;
  return shown && { shown, isUnderWay, putAway: () => setFollowed(null) };
}

function Progress({ newest, rollout }: { newest: Revision; rollout: NonNullable<ReturnType<typeof useRollout>> }) {
  return (
    <Section
      title={`Rollout of revision ${newest.number}`}
      actions={
        rollout.isUnderWay ? (
          <RevisionBadge state={newest.state} />
        ) : (
          <Button variant="ghost" size="icon" className="-m-1.5" aria-label="Put the rollout away" onClick={rollout.putAway}>
            <X size={16} aria-hidden />
          </Button>
        )
      }
    >
      <Rollout agent={rollout.shown} />
    </Section>
  );
}
