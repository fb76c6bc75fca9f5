import { useQuery } from '@tanstack/react-query';
import { Equal, Minus, Pencil, Plus, type LucideIcon } from 'lucide-react';
import { differenceQuery } from '@/api/queries';
import type { FieldDifference, Revision, RevisionDifference } from '@/api/types';
import { cn } from '@/lib/cn';
import { count } from '@/lib/format';
import { changeOf, isSecret, summaryOf, valueText, type Change } from '@/lib/revisions';
import { LoadError } from './basics';
import { Skeleton } from './ui/card';

const looks: Record<Change, { icon: LucideIcon; tone: string; word: string }> = {
  added: { icon: Plus, tone: 'text-good', word: 'Added' },
  changed: { icon: Pencil, tone: 'text-busy', word: 'Changed' },
  removed: { icon: Minus, tone: 'text-bad', word: 'Removed' },
};

/** What distinguishes a revision from another, loaded. */
export function Difference({ agentId, revision, other }: { agentId: string; revision: Revision; other: Revision }) {
  const { data, error, refetch } = useQuery(differenceQuery(agentId, revision.number, other.number));
  if (data) return <DifferenceList difference={data} before={other} after={revision} />;
  return error ? <LoadError error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-40 rounded-lg" />;
}

interface DifferenceListProps {
  difference: RevisionDifference;
  /** These two say which secrets there are on either side. */
  before?: Revision;
  after?: Revision;
  /** How much differs is said beside it. */
  bare?: boolean;
}

/** Files and settings that differ. */
export function DifferenceList({ difference, before, after, bare = false }: DifferenceListProps) {
  const { code_changed, files, fields } = difference;
  if (!code_changed && fields.length === 0)
    return (
      <p className="flex items-center gap-2.5 rounded-lg border border-line px-3.5 py-3 text-soft">
        <Equal size={16} className="shrink-0" aria-hidden />
        Nothing: their code and their configuration are the same.
      </p>
    );
  return (
    <div className="space-y-5">
      {!bare && <p className="font-medium">{summaryOf(difference)}.</p>}
      {code_changed && (
        <div>
          <h3 className="mb-1.5 text-[13px] font-semibold text-soft">Files</h3>
          {files === null ? (
            <p>The ZIPs differ. Their files can’t be compared, as one of the two isn’t on the server’s disk.</p>
          ) : files.added_count + files.changed_count + files.removed_count === 0 ? (
            <p>The ZIPs differ, the files in them don’t.</p>
          ) : (
            <div className="divide-y divide-line rounded-lg border border-line">
              <Files change="changed" paths={files.changed} total={files.changed_count} />
              <Files change="added" paths={files.added} total={files.added_count} />
              <Files change="removed" paths={files.removed} total={files.removed_count} />
            </div>
          )}
        </div>
      )}
      {fields.length > 0 && (
        <div>
          <h3 className="mb-1.5 text-[13px] font-semibold text-soft">Configuration</h3>
          <ul aria-label="Settings that differ" className="divide-y divide-line rounded-lg border border-line">
            {fields.map((field) => (
              <Setting key={field.field} field={field} change={changeOf(field, before, after)} />
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Files({ change, paths, total }: { change: Change; paths: readonly string[]; total: number }) {
  if (total === 0) return null;
  const { icon: Icon, tone, word } = looks[change];
  const name = `${word}: ${count(total, 'file')}`;
  return (
    <details open={total <= 20} className="group px-3.5 py-2.5">
      <summary className="text-[13px] font-medium">
        <span className={tone}>{word}</span> <span className="font-normal text-soft">{count(total, 'file')}</span>
      </summary>
      <ul aria-label={name} className="mt-1.5 space-y-0.5">
        {paths.map((path) => (
          <li key={path} className="flex items-start gap-2">
            <Icon size={13} className={cn('mt-1 shrink-0', tone)} aria-hidden />
            <code className="min-w-0 font-mono text-[13px] break-all">{path}</code>
          </li>
        ))}
      </ul>
      {total > paths.length && <p className="mt-1.5 text-[13px] text-soft">and {count(total - paths.length, 'more file')}</p>}
    </details>
  );
}

function Setting({ field: { field, from, to }, change }: { field: FieldDifference; change: Change }) {
  const { icon: Icon, tone, word } = looks[change];
  return (
    <li className="px-3.5 py-2.5">
      <p className="flex items-baseline justify-between gap-x-3">
        <code className="min-w-0 font-mono text-[13px] font-medium break-all">{field}</code>
        <span className={cn('inline-flex shrink-0 items-center gap-1 text-[13px]', tone)}>
          <Icon size={13} aria-hidden />
          {word}
        </span>
      </p>
      {isSecret(field) ? (
        <p className="mt-0.5 text-[13px] text-soft">The values of secrets aren’t shown.</p>
      ) : (
        <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 text-[13px]">
          {change !== 'added' && <Value name="Before" value={from} />}
          {change !== 'removed' && <Value name="After" value={to} />}
        </dl>
      )}
    </li>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0">
        <code className="font-mono break-all whitespace-pre-wrap">{valueText(value)}</code>
      </dd>
    </>
  );
}
