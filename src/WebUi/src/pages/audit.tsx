import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, Bell, Bot, Boxes, CircleDashed, KeyRound, ScrollText, SearchX, UserRound, X, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { agentsQuery, apiKeysQuery, auditQuery, stacksQuery } from '@/api/queries';
import type { AuditEntry } from '@/api/types';
import { Empty, LoadError, Mono, PageHeader, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Card, Fact, Facts, Skeleton } from '@/components/ui/card';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Input, Select } from '@/components/ui/form';
import { actionLabel, actionsOf, resourceLabels, withShortDigests, type AuditFilter } from '@/lib/audit';
import { exact } from '@/lib/format';
import { useTitle } from '@/lib/hooks';

const icons: Record<string, LucideIcon> = {
  stack: Boxes,
  agent: Bot,
  session: Activity,
  api_key: KeyRound,
  notification_endpoint: Bell,
  account: UserRound,
};

export function Audit() {
  useTitle('Audit');
  const filter = useSearch({ from: '/app/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const entries = useInfiniteQuery(auditQuery(filter));
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const narrow = (change: AuditFilter): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const items = entries.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <PageHeader title="Audit" description="Who did what to your stacks, agents, keys and account, when and from where. Nothing here is ever changed." />
      <Filters filter={filter} onChange={narrow} />
      {!entries.data ? (
        entries.error ? (
          <LoadError error={entries.error} onRetry={() => void entries.refetch()} />
        ) : (
          <Skeleton className="h-96 rounded-xl" />
        )
      ) : items.length === 0 ? (
        <Card>
          <Empty
            icon={isFiltered ? SearchX : ScrollText}
            title={isFiltered ? 'Nothing of this kind was done' : 'Nothing was done yet'}
            actions={isFiltered && <Button onClick={() => void navigate({ search: {} })}>Show everything</Button>}
          />
        </Card>
      ) : (
        <ul aria-label="Audit trail, newest first" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
          {items.map((entry) => (
            <Row key={entry.id} entry={entry} onOpen={() => setOpen(entry)} />
          ))}
        </ul>
      )}
      {entries.hasNextPage && (
        <Button className="mt-4" busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
          Load more
        </Button>
      )}
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open ? actionLabel(open.action) : ''}>
        {open && (
          <Details
            entry={open}
            onClose={() => setOpen(null)}
            onNarrow={(change) => {
              setOpen(null);
              narrow(change);
            }}
          />
        )}
      </Dialog>
    </>
  );
}

function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (change: AuditFilter) => void }) {
  const stacks = useQuery(stacksQuery({ limit: 100 }));
  const known = stacks.data?.items ?? [];
  return (
    <div className="mb-4 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap sm:items-center">
      <Select aria-label="Kind" className="sm:w-auto" value={filter.type ?? ''} onChange={(event) => onChange({ type: event.target.value || undefined, action: undefined })}>
        <option value="">Everything</option>
        {Object.entries(resourceLabels).map(([type, label]) => (
          <option key={type} value={type}>
            {label}
          </option>
        ))}
      </Select>
      <Select aria-label="Deed" className="sm:w-auto" value={filter.action ?? ''} onChange={(event) => onChange({ action: event.target.value || undefined })}>
        <option value="">Any deed</option>
        {actionsOf(filter.type).map((action) => (
          <option key={action} value={action}>
            {actionLabel(action)}
          </option>
        ))}
      </Select>
      <Select aria-label="Stack" className="max-sm:col-span-2 sm:w-auto sm:max-w-56" value={filter.stack ?? ''} onChange={(event) => onChange({ stack: event.target.value || undefined })}>
        <option value="">Any stack</option>
        {filter.stack !== undefined && !known.some(({ id }) => id === filter.stack) && <option value={filter.stack}>A stack that is gone</option>}
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <div className="flex gap-2 max-sm:col-span-2 sm:gap-3">
        <DateBox label="From" value={filter.from} onChange={(from) => onChange({ from })} />
        <DateBox label="To" value={filter.to} onChange={(to) => onChange({ to })} />
      </div>
      {filter.resource !== undefined && <Chip label="One resource only" onRemove={() => onChange({ resource: undefined })} />}
      {filter.actor !== undefined && <Chip label="One person only" onRemove={() => onChange({ actor: undefined })} />}
    </div>
  );
}

function DateBox({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return (
    <label className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 text-soft sm:flex-nowrap">
      {label}
      <Input type="date" value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)} className="sm:w-auto" />
    </label>
  );
}

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <Button size="sm" onClick={onRemove}>
      {label}
      <X size={14} aria-hidden />
      <span className="sr-only">: take this filter away</span>
    </Button>
  );
}

function Row({ entry, onOpen }: { entry: AuditEntry; onOpen: () => void }) {
  const Icon = icons[entry.resource_type] ?? CircleDashed;
  return (
    <li className="relative flex items-start gap-3 px-4 py-3 transition-colors hover:bg-sunken/60 sm:px-5">
      <span className="mt-0.5 grid size-7 shrink-0 place-items-center rounded-full bg-idle-wash text-idle">
        <Icon size={15} aria-hidden />
      </span>
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-4 gap-y-0.5">
        <div className="min-w-0 flex-1 basis-60">
          <p className="break-words">
            <button type="button" className="text-left font-medium outline-offset-[-2px] after:absolute after:inset-0" onClick={onOpen}>
              {actionLabel(entry.action)}
            </button>{' '}
            {entry.resource_name && <Subject entry={entry} />}
          </p>
          {entry.detail && <p className="text-[13px] break-words text-soft">{withShortDigests(entry.detail)}</p>}
        </div>
        <p className="flex flex-wrap gap-x-2 text-[13px] text-soft lg:block lg:w-52 lg:text-right">
          <span className="break-words text-ink">{entry.actor?.full_name ?? (entry.address === null ? 'The server itself' : 'Nobody known')}</span>
          <span className="lg:block">
            {entry.api_key_id !== null && 'by API key · '}
            {entry.address !== null && <>{entry.address} · </>}
            <Time value={entry.at} className="relative" />
          </span>
        </p>
      </div>
    </li>
  );
}

/** Its name then, as a link where it is still there. */
function Subject({ entry }: { entry: AuditEntry }) {
  const name = entry.resource_name;
  return (
    <ResourceLink entry={entry} className="relative text-soft underline-offset-2 hover:underline">
      {name}
    </ResourceLink>
  );
}

function ResourceLink({ entry, className, children }: { entry: AuditEntry; className: string; children: ReactNode }) {
  // What pages call an agent isn't what reporters call it, so its address comes from the list of those that are there.
  const agents = useQuery({ ...agentsQuery(), enabled: entry.resource_type === 'agent' });
  const stacks = useQuery({ ...stacksQuery({ limit: 100 }), enabled: entry.resource_type === 'stack' });
  const agent = agents.data?.agents.find(({ agent_id }) => agent_id === entry.resource_id);
  if (entry.resource_type === 'agent' && agent)
    return (
      <Link to="/agents/$agentId" params={{ agentId: agent.id }} className={className}>
        {children}
      </Link>
    );
  if (entry.resource_type === 'stack' && stacks.data?.items.some(({ id }) => id === entry.resource_id))
    return (
      <Link to="/stacks/$stackId" params={{ stackId: entry.resource_id }} className={className}>
        {children}
      </Link>
    );
  if (entry.resource_type === 'api_key')
    return (
      <Link to="/api-keys" className={className}>
        {children}
      </Link>
    );
  if (entry.resource_type === 'notification_endpoint')
    return (
      <Link to="/notifications" className={className}>
        {children}
      </Link>
    );
  if (entry.resource_type === 'account')
    return (
      <Link to="/profile" className={className}>
        {children}
      </Link>
    );
  return <span className="relative text-soft">{children}</span>;
}

function Details({ entry, onClose, onNarrow }: { entry: AuditEntry; onClose: () => void; onNarrow: (change: AuditFilter) => void }) {
  const keys = useQuery({ ...apiKeysQuery, enabled: entry.api_key_id !== null });
  const key = keys.data?.api_keys.find(({ id }) => id === entry.api_key_id)?.name;
  const { actor } = entry;
  return (
    <div className="space-y-5">
      <Facts>
        <Fact name="When">
          <time dateTime={entry.at}>{exact(new Date(entry.at))}</time>
        </Fact>
        <Fact name="Who">{actor ? `${actor.full_name}, ${actor.email}` : entry.address === null ? 'The server itself' : 'Nobody known'}</Fact>
        {entry.api_key_id !== null && <Fact name="With">{key ? `the API key “${key}”` : 'an API key that is gone'}</Fact>}
        <Fact name="To what">
          {resourceLabels[entry.resource_type] ?? entry.resource_type}
          {entry.resource_name && ` “${entry.resource_name}”`}
        </Fact>
        <Fact name="Its id">
          <Mono copy="Copy the resource’s id">{entry.resource_id}</Mono>
        </Fact>
        {entry.detail && <Fact name="Details"><span className="break-all">{entry.detail}</span></Fact>}
        {entry.address !== null && (
          <Fact name="From">
            <Mono>{entry.address}</Mono>
          </Fact>
        )}
        {entry.trace_id !== null && (
          <Fact name="Trace id">
            <Mono copy="Copy the trace id">{entry.trace_id}</Mono>
          </Fact>
        )}
      </Facts>
      <DialogActions>
        {actor && <Button onClick={() => onNarrow({ actor: actor.id })}>All that {actor.full_name} did</Button>}
        <Button onClick={() => onNarrow({ resource: entry.resource_id, type: entry.resource_type, action: undefined })}>All about this</Button>
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </DialogActions>
    </div>
  );
}
