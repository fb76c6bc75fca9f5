import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowDownToLine, Download, Info, LoaderCircle, RotateCw, ScrollText, Unplug, WrapText } from 'lucide-react';
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { api } from '@/api/client';
import type { Agent, LogLine } from '@/api/types';
import { session } from '@/auth';
import { CopyButton, Empty, LoadError, SearchBox } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Select } from '@/components/ui/form';
import { toastError } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
import { save } from '@/lib/download';
import { count, exact } from '@/lib/format';
import { useSetting } from '@/lib/hooks';
import { useConnection } from '@/live';
import { Batch } from '@/live/batch';
import { followLog, type LogFilter, type Reading } from '@/logs/follow';
import { hits, LogBuffer, plain, type Block } from '@/logs/lines';
import { useAgent } from './agent';

export function AgentLogs() {
  const { data: agent } = useAgent();
  if (!agent) return null;
  if (agent.kind !== 'deployed')
    return (
      <Empty icon={ScrollText} title="Its log is where it runs">
        This agent isn’t deployed here: it only reports. What it reported is under Sessions.
      </Empty>
    );
  return <Log agent={agent} />;
}

interface LogState {
  readonly blocks: readonly Block[];
  readonly dropped: number;
  readonly total: number;
  readonly pods: readonly string[];
  readonly reading: Reading;
  readonly error: unknown;
}

const nothing: LogState = { blocks: [], dropped: 0, total: 0, pods: [], reading: 'connecting', error: null };

interface LogReading {
  readonly state: LogState;
  /** Reads the log from its beginning again. */
  readonly again: () => void;
  /** Makes its connection anew; what was read stays, and goes on from there. */
  readonly renew: () => void;
}

/** The log as it is and as it grows; from its beginning when the filter changes. */
function useLog(agentId: string, { search, pod, since, previous }: LogFilter): LogReading {
  const [state, setState] = useState(nothing);
  const renewal = useRef(() => {});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const buffer = new LogBuffer();
    const pods = new Set<string>();
    let total = 0;
    const batch = new Batch<LogLine>((lines) => {
      if (stop.signal.aborted) return;
      buffer.add(lines);
      total += lines.length;
      for (const line of lines) if (line.pod !== '-') pods.add(line.pod);
      setState((before) => ({ ...before, blocks: buffer.blocks, dropped: buffer.dropped, total, pods: [...pods] }));
    });
    setState(nothing);
    followLog(
      {
        agentId,
        filter: { search, pod, since, previous },
        getToken: () => session.getToken(),
        replaceToken: (refused) => session.replace(refused),
        fetch: (input, init) => fetch(input, init),
        onLines: (lines) => batch.add(lines),
        onReading: (reading) => !stop.signal.aborted && setState((before) => ({ ...before, reading })),
        onRenewable: (renew) => (renewal.current = renew),
      },
      stop.signal,
    ).catch((error: unknown) => !stop.signal.aborted && setState((before) => ({ ...before, error })));
    return () => stop.abort();
  }, [agentId, search, pod, since, previous, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  const renew = useCallback(() => renewal.current(), []);
  return { state, again, renew };
}

function Log({ agent }: { agent: Agent }) {
  const filter = useSearch({ from: '/app/agents/$agentId/logs' });
  const navigate = useNavigate({ from: '/agents/$agentId/logs' });
  const { state, again, renew } = useLog(agent.id, filter);
  const [wraps, setWraps] = useSetting('logs.wrap', true);
  const search = useCallback((text: string) => void navigate({ search: (before) => ({ ...before, search: text || undefined }), replace: true }), [navigate]);

  // A connection that went without a word looks like an agent that is silent. The stream of events has signs of life, so what it notices counts here too.
  const connection = useConnection();
  const wasLost = useRef(false);
  useEffect(() => {
    if (connection === 'lost') wasLost.current = true;
    if (connection !== 'live' || !wasLost.current) return;
    wasLost.current = false;
    renew();
  }, [connection, renew]);

  const pods = filter.pod && !state.pods.includes(filter.pod) ? [...state.pods, filter.pod] : state.pods;
  return (
    <section aria-label="Log" className="space-y-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox value={filter.search ?? ''} onChange={search} label="Search the log" />
        <Select
          aria-label="Which processes"
          fits
          value={filter.previous ? 'previous' : 'present'}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, previous: event.target.value === 'previous' || undefined, pod: undefined }) })}
        >
          <option value="present">Live</option>
          <option value="previous">Before the last start</option>
        </Select>
        <Select
          aria-label="How far back"
          fits
          value={filter.since ?? ''}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, since: event.target.value || undefined }) })}
        >
          <option value="">Latest lines</option>
          <option value="10m">10 minutes</option>
          <option value="1h">1 hour</option>
          <option value="24h">1 day</option>
        </Select>
        {pods.length > 1 || filter.pod ? (
          <Select
            aria-label="Pod"
            fits
            value={filter.pod ?? ''}
            onChange={(event) => void navigate({ search: (before) => ({ ...before, pod: event.target.value || undefined }) })}
          >
            <option value="">All pods</option>
            {pods.map((pod) => (
              <option key={pod}>{pod}</option>
            ))}
          </Select>
        ) : null}
        <div className="ml-auto flex items-center gap-1">
          <State reading={state.reading} previous={filter.previous ?? false} />
          {filter.previous && (
            <Button variant="ghost" size="icon" aria-label="Read it again" title="Read it again" onClick={again}>
              <RotateCw size={15} aria-hidden />
            </Button>
          )}
          <Button
            variant="ghost"
            size="icon"
            aria-label="Wrap long lines"
            title="Wrap long lines"
            aria-pressed={wraps}
            className="aria-pressed:bg-accent-wash aria-pressed:text-accent-ink"
            onClick={() => setWraps(!wraps)}
          >
            <WrapText size={15} aria-hidden />
          </Button>
          <CopyButton text={() => textOf(state.blocks)} label="Copy the lines shown" />
          <DownloadButton agent={agent} filter={filter} />
        </div>
      </div>
      {agent.status === 'stopped' && !filter.previous && (
        <p className="flex items-start gap-2 text-[13px] text-soft">
          <Info size={15} className="mt-0.5 shrink-0" aria-hidden />
          The agent is stopped. This is what it wrote before; more comes when it is started.
        </p>
      )}
      {state.error ? (
        <LoadError error={state.error} onRetry={again} />
      ) : (
        <Lines key={JSON.stringify(filter)} state={state} wraps={wraps} search={filter.search ?? ''} withPods={pods.length > 1}>
          <NoLines state={state} filter={filter} />
        </Lines>
      )}
    </section>
  );
}

function State({ reading, previous }: { reading: Reading; previous: boolean }) {
  const [Icon, text, look] =
    reading === 'lost'
      ? [Unplug, 'Connection lost, trying again', 'text-warn']
      : reading === 'connecting'
        ? [LoaderCircle, 'Reading', 'text-soft']
        : reading === 'done' || previous
          ? [ScrollText, 'Complete', 'text-soft']
          : [null, 'Live', 'text-good'];
  return (
    <p role="status" className={cn('mr-2 flex items-center gap-1.5 text-[13px] font-medium', look)}>
      {Icon ? <Icon size={14} className={cn('shrink-0', Icon === LoaderCircle && 'spin-slow')} aria-hidden /> : <span className="size-2 shrink-0 rounded-full bg-current" aria-hidden />}
      {text}
    </p>
  );
}

function NoLines({ state, filter }: { state: LogState; filter: LogFilter }) {
  if (state.reading === 'connecting' || state.reading === 'lost') return null;
  if (filter.search || filter.pod || filter.since)
    return (
      <Empty icon={ScrollText} title="No such line">
        {filter.previous ? 'Nothing that was kept fits.' : 'Nothing fits so far. Lines that do appear here as they are written.'}
      </Empty>
    );
  return filter.previous ? (
    <Empty icon={ScrollText} title="Nothing from before">
      No process of this agent ended within the last day, or none of them wrote anything.
    </Empty>
  ) : (
    <Empty icon={ScrollText} title="Nothing written yet">
      What the agent writes to its standard output and error appears here at once.
    </Empty>
  );
}

const atEnd = 24;

/** The lines, kept at their end as they come, unless the reader has scrolled away from it: then they stay where they are. */
function Lines({ state, wraps, search, withPods, children }: { state: LogState; wraps: boolean; search: string; withPods: boolean; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [leftAt, setLeftAt] = useState(0);
  useLayoutEffect(() => {
    if (isAtEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [state.blocks, isAtEnd, wraps]);
  const scrolled = (): void => {
    const element = box.current;
    if (!element) return;
    const now = element.scrollHeight - element.scrollTop - element.clientHeight <= atEnd;
    if (!now && isAtEnd) setLeftAt(state.total);
    setIsAtEnd(now);
  };
  const missed = state.total - leftAt;
  return (
    <div className="relative">
      <div
        ref={box}
        onScroll={scrolled}
        role="region"
        aria-label="Lines"
        tabIndex={0}
        className="h-[max(20rem,calc(100dvh-23rem))] sm:h-[max(20rem,calc(100dvh-20rem))] overflow-auto rounded-xl border border-line bg-surface py-2 font-mono text-[12.5px] leading-5"
      >
        {state.blocks.length === 0 ? (
          <div className="font-sans text-[14px]">{children}</div>
        ) : (
          <div className={wraps ? undefined : 'w-max min-w-full'}>
            {state.dropped > 0 && (
              <p className="px-4 pb-1 font-sans text-[13px] text-soft">
                {count(state.dropped, 'earlier line')} not shown. Download the log, or search it, to see them.
              </p>
            )}
            {state.blocks.map((block) => (
              <LineBlock key={block.id} block={block} wraps={wraps} search={search} withPods={withPods} />
            ))}
          </div>
        )}
      </div>
      {!isAtEnd && (
        <Button
          size="sm"
          variant="primary"
          className="absolute right-4 bottom-4"
          onClick={() => {
            setIsAtEnd(true);
            box.current?.focus({ preventScroll: true });
          }}
        >
          <ArrowDownToLine size={14} aria-hidden />
          {missed > 0 ? `${count(missed, 'new line')}` : 'To the newest'}
        </Button>
      )}
    </div>
  );
}

const LineBlock = memo(function LineBlock({ block, wraps, search, withPods }: { block: Block; wraps: boolean; search: string; withPods: boolean }) {
  return (
    <ol className={cn(wraps && '[content-visibility:auto] [contain-intrinsic-size:auto_2000px]')}>
      {block.lines.map((line, index) => (
        <Line key={index} line={line} wraps={wraps} search={search} withPods={withPods} />
      ))}
    </ol>
  );
});

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });

function Line({ line, wraps, search, withPods }: { line: LogLine; wraps: boolean; search: string; withPods: boolean }) {
  const time = new Date(line.time);
  const isRemark = line.source === 'server';
  const isError = line.source === 'stderr';
  return (
    <li className={cn('flex items-start gap-3 border-l-2 px-4 hover:bg-sunken', isError ? 'border-bad' : 'border-transparent')}>
      <time dateTime={line.time} title={exact(time)} className="shrink-0 text-soft select-none max-sm:hidden">
        {clock.format(time)}
      </time>
      {withPods && (
        <span className="max-w-40 shrink-0 truncate text-soft select-none max-sm:hidden" title={line.pod}>
          {line.pod}
        </span>
      )}
      <span className={cn('min-w-0 flex-1', wraps ? 'break-words whitespace-pre-wrap' : 'whitespace-pre', isRemark && 'text-soft italic')}>
        {isError && <span className="sr-only">Standard error: </span>}
        {isRemark && <span className="sr-only">StackAgent: </span>}
        {hits(plain(line.message), isRemark ? '' : search).map((piece, index) =>
          index % 2 === 1 ? (
            <mark key={index} className="rounded-xs bg-warn-wash text-warn">
              {piece}
            </mark>
          ) : (
            piece
          ),
        )}
      </span>
    </li>
  );
}

const textOf = (blocks: readonly Block[]): string =>
  blocks.flatMap((block) => block.lines.map((line) => `${line.time} ${line.pod} ${plain(line.message)}`)).join('\n');

/** All that the server has, and not only what is on the screen. */
function DownloadButton({ agent, filter }: { agent: Agent; filter: LogFilter }) {
  const [isBusy, setIsBusy] = useState(false);
  const download = async (): Promise<void> => {
    setIsBusy(true);
    try {
      const { data } = await api.GET('/api/agents/{agent_id}/logs', {
        params: { path: { agent_id: agent.id }, query: { ...filter, ...(!filter.since && { tail: 100_000 }) } },
        headers: { Accept: 'text/plain' },
        parseAs: 'blob',
      });
      if (data) save(data, `${agent.name}.log`);
    } catch (error) {
      toastError(error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Button variant="ghost" size="icon" aria-label="Download the log" title="Download the log" busy={isBusy} onClick={() => void download()}>
      {!isBusy && <Download size={15} aria-hidden />}
    </Button>
  );
}
