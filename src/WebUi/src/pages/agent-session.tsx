import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronLeft, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { isNotFound } from '@/api/problem';
import { sessionQuery } from '@/api/queries';
import type { Session, StatusReport } from '@/api/types';
import { Confirm, Duration, LoadError, Time } from '@/components/basics';
import { RunTime } from '@/components/session-list';
import { SessionBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { toast } from '@/components/ui/toast';
import { count } from '@/lib/format';
import { NotFound } from './not-found';

/** Reports that change nothing but their message aren't events, so an open session is looked at now and then. */
const lookAgain = 10_000;

export function AgentSession() {
  const { agentId, sessionId } = useParams({ from: '/app/agents/$agentId/sessions/$sessionId' });
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const history = useInfiniteQuery({
    ...sessionQuery(agentId, sessionId),
    refetchInterval: (query) => (query.state.data?.pages[0]?.session.expired === false && query.state.data.pages.length === 1 ? lookAgain : false),
  });
  if (isNotFound(history.error)) return <NotFound what="session" />;
  if (!history.data) return history.error ? <LoadError error={history.error} onRetry={() => void history.refetch()} /> : <Skeleton className="h-72 rounded-xl" />;
  const session = history.data.pages[0]!.session;
  const reports = history.data.pages.flatMap((page) => page.status_history);
  const remove = async (): Promise<void> => {
    await api.DELETE('/api/agents/{agent_id}/sessions/{session_topic}', { params: { path: { agent_id: agentId, session_topic: sessionId } } });
    toast('The session is deleted.');
    await navigate({ to: '/agents/$agentId/sessions', params: { agentId } });
    void client.invalidateQueries({ queryKey: ['sessions', agentId] });
  };
  return (
    <>
      <Link to="/agents/$agentId/sessions" params={{ agentId }} className="mb-3 inline-flex items-center gap-1 text-[13px] text-soft hover:text-ink">
        <ChevronLeft size={14} aria-hidden />
        Sessions
      </Link>
      <Section
        title={session.session_topic}
        actions={
          <Button variant="dangerQuiet" size="sm" onClick={() => setIsAsking(true)}>
            <Trash2 size={14} aria-hidden />
            Delete
          </Button>
        }
      >
        <Summary session={session} />
        <h3 className="mt-6 mb-4 font-semibold">Timeline</h3>
        {reports.length === 0 ? (
          <p className="text-soft">The reports of this session are older than what is kept.</p>
        ) : (
          <ol aria-label="Reports, newest first">
            {reports.map((report, index) => (
              <Report key={report.id} report={report} next={reports[index - 1]} isLast={index === reports.length - 1} />
            ))}
          </ol>
        )}
        {history.hasNextPage && (
          <Button className="mt-4" busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show earlier reports
          </Button>
        )}
      </Section>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title="Delete this session?" action="Delete the session" onConfirm={remove}>
        {`“${session.session_topic}” goes with its history. The next report under this topic opens a new one.`}
      </Confirm>
    </>
  );
}

function Summary({ session }: { session: Session }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-soft">
      <SessionBadge status={session.current_status} />
      <span>{count(session.report_count, 'report')}</span>
      <span className="empty:hidden">
        <RunTime session={session} />
      </span>
      <span>
        opened <Time value={session.created} />
      </span>
      <span>
        {session.expired ? (
          <>
            over since <Time value={session.expired_at ?? session.expires_at} />
          </>
        ) : (
          <>
            ends <Time value={session.expires_at} /> unless a report comes before
          </>
        )}
      </span>
    </div>
  );
}

/** One report, and how long it was until the next one. */
function Report({ report, next, isLast }: { report: StatusReport; next: StatusReport | undefined; isLast: boolean }) {
  const seconds = next ? (new Date(next.timestamp).getTime() - new Date(report.timestamp).getTime()) / 1000 : null;
  return (
    <li className="relative pb-6 pl-6 last:pb-0">
      <span aria-hidden className="absolute top-[7px] left-0 size-2.5 rounded-full border-2 border-line-strong bg-surface" />
      {!isLast && <span aria-hidden className="absolute top-5 bottom-0 left-1 w-px bg-line" />}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <SessionBadge status={report.status} />
        <Time value={report.timestamp} className="text-[13px] text-soft" />
        {seconds !== null && seconds > 0 && (
          <span className="text-[13px] text-soft">
            for <Duration seconds={seconds} />
          </span>
        )}
      </div>
      {report.message && <p className="mt-1.5 break-words whitespace-pre-wrap">{report.message}</p>}
      {report.content && (
        <details className="mt-2" open={report.content.length <= 400}>
          <summary className="w-fit text-[13px] text-soft hover:text-ink">Content</summary>
          <pre tabIndex={0} role="group" aria-label="Content" className="mt-1.5 max-h-80 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[13px] break-words whitespace-pre-wrap">
            {report.content}
          </pre>
        </details>
      )}
    </li>
  );
}
