import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Boxes, LayoutGrid, Plus, Rows3, SearchX } from 'lucide-react';
import { useCallback, useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { stacksQuery } from '@/api/queries';
import type { Stack, StackStatus } from '@/api/types';
import { Empty, LoadError, PageHeader, Pagination, SearchBox, Snippet, Time } from '@/components/basics';
import { StackBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Card, Skeleton } from '@/components/ui/card';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { errorsOf, Field, FormError, Input, Select, Textarea, valuesOf } from '@/components/ui/form';
import { cn } from '@/lib/cn';
import { count } from '@/lib/format';
import { useTitle } from '@/lib/hooks';

export function Stacks() {
  useTitle('Stacks');
  const filter = useSearch({ from: '/app/stacks' });
  const navigate = useNavigate({ from: '/stacks' });
  const [isNew, setIsNew] = useState(false);
  const stacks = useQuery(stacksQuery(filter));
  const search = useCallback(
    (text: string) => void navigate({ search: (before) => ({ ...before, search: text || undefined, page: undefined }), replace: true }),
    [navigate],
  );
  const isFiltered = filter.search !== undefined || filter.status !== undefined;

  return (
    <>
      <PageHeader
        title="Stacks"
        description="Agents that belong together, with one place to live."
        actions={
          <Button variant="primary" onClick={() => setIsNew(true)}>
            <Plus size={16} aria-hidden />
            New stack
          </Button>
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchBox value={filter.search ?? ''} onChange={search} label="Search stacks" />
        <Select
          aria-label="Status"
          fits
          value={filter.status ?? ''}
          onChange={(event) =>
            void navigate({ search: (before) => ({ ...before, status: (event.target.value || undefined) as StackStatus | undefined, page: undefined }) })
          }
        >
          <option value="">Any status</option>
          <option value="creating">Creating</option>
          <option value="ready">Ready</option>
          <option value="failed">Failed</option>
          <option value="deleting">Deleting</option>
        </Select>
        <div role="group" aria-label="View" className="ml-auto flex rounded-md border border-line bg-surface p-0.5">
          <ViewButton label="Cards" icon={<LayoutGrid size={16} aria-hidden />} on={filter.view === undefined} onClick={() => void navigate({ search: (before) => ({ ...before, view: undefined }), replace: true })} />
          <ViewButton label="Table" icon={<Rows3 size={16} aria-hidden />} on={filter.view === 'table'} onClick={() => void navigate({ search: (before) => ({ ...before, view: 'table' }), replace: true })} />
        </div>
      </div>
      {stacks.data ? (
        <>
          {stacks.data.items.length > 0 ? (
            filter.view === 'table' ? (
              <StackTable stacks={stacks.data.items} />
            ) : (
              <ul aria-label="Stacks" className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
                {stacks.data.items.map((stack) => (
                  <StackCard key={stack.id} stack={stack} />
                ))}
              </ul>
            )
          ) : isFiltered ? (
            <Card>
              <Empty
                icon={SearchX}
                title="No stack fits"
                actions={<Button onClick={() => void navigate({ search: ({ view }) => ({ view }) })}>Show all stacks</Button>}
              >
                Nothing has this name and status.
              </Empty>
            </Card>
          ) : (
            <NoStacks onNew={() => setIsNew(true)} />
          )}
          <Pagination page={stacks.data.page} pages={stacks.data.pages} onPage={(page) => void navigate({ search: (before) => ({ ...before, page: page > 1 ? page : undefined }) })} />
        </>
      ) : stacks.error ? (
        <LoadError error={stacks.error} onRetry={() => void stacks.refetch()} />
      ) : (
        <div role="status" aria-label="Loading" className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
          {[0, 1, 2].map((index) => (
            <Skeleton key={index} className="h-36 rounded-xl" />
          ))}
        </div>
      )}
      <NewStack open={isNew} onClose={() => setIsNew(false)} />
    </>
  );
}

function ViewButton({ label, icon, on, onClick }: { label: string; icon: React.ReactNode; on: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={on}
      onClick={onClick}
      className={cn('grid size-8 place-items-center rounded', on ? 'bg-sunken text-ink' : 'text-soft hover:text-ink')}
    >
      {icon}
    </button>
  );
}

function StackCard({ stack }: { stack: Stack }) {
  return (
    <li className="relative flex min-h-36 flex-col rounded-xl border border-line bg-surface p-4 transition-colors hover:border-line-strong">
      <div className="flex items-start justify-between gap-3">
        <h2 className="line-clamp-2 min-w-0 font-semibold break-words" title={stack.name}>
          <Link to="/stacks/$stackId" params={{ stackId: stack.id }} className="after:absolute after:inset-0 after:rounded-xl">
            {stack.name}
          </Link>
        </h2>
        <StackBadge status={stack.status} />
      </div>
      <p className="mt-1 mb-4 line-clamp-2 break-words text-soft">{stack.status_message ?? stack.description}</p>
      <p className="mt-auto flex justify-between gap-3 text-[13px] text-soft">
        <span>{count(stack.agent_count, 'agent')}</span>
        <span className="relative">
          made <Time value={stack.created_at} />
        </span>
      </p>
    </li>
  );
}

function StackTable({ stacks }: { stacks: readonly Stack[] }) {
  return (
    <Card className="overflow-x-auto">
      <table className="w-full text-left">
        <thead className="border-b border-line text-[13px] text-soft">
          <tr>
            <th scope="col" className="px-4 py-2.5 font-medium sm:px-5">Name</th>
            <th scope="col" className="px-3 py-2.5 font-medium">Status</th>
            <th scope="col" className="px-3 py-2.5 text-right font-medium">Agents</th>
            <th scope="col" className="hidden px-3 py-2.5 font-medium lg:table-cell">Made by</th>
            <th scope="col" className="hidden px-4 py-2.5 text-right font-medium sm:table-cell sm:px-5">Made</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {stacks.map((stack) => (
            <tr key={stack.id} className="hover:bg-sunken/60">
              <th scope="row" className="w-full min-w-36 px-4 py-2.5 font-medium break-words sm:px-5">
                <Link to="/stacks/$stackId" params={{ stackId: stack.id }} className="hover:underline">
                  {stack.name}
                </Link>
              </th>
              <td className="px-3 py-2.5"><StackBadge status={stack.status} /></td>
              <td className="px-3 py-2.5 text-right">{stack.agent_count.toLocaleString('en')}</td>
              <td className="hidden px-3 py-2.5 whitespace-nowrap text-soft lg:table-cell">{stack.created_by.full_name}</td>
              <td className="hidden px-4 py-2.5 text-right text-soft sm:table-cell sm:px-5"><Time value={stack.created_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function NoStacks({ onNew }: { onNew: () => void }) {
  return (
    <Card>
      <Empty
        icon={Boxes}
        title="No stack yet"
        actions={
          <Button variant="primary" onClick={onNew}>
            <Plus size={16} aria-hidden />
            New stack
          </Button>
        }
      >
        <p>A stack holds agents that belong together. From a terminal, with a key that may write:</p>
        <div className="mt-4">
          <Snippet
            label="Command that makes a stack"
            code={`curl ${location.origin}/api/stacks \\\n  -H "X-API-Key: $KEY" -H 'Content-Type: application/json' \\\n  -d '{"name": "first steps"}'`}
          />
        </div>
      </Empty>
    </Card>
  );
}

function NewStack({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="New stack">
      <NewStackForm onClose={onClose} />
    </Dialog>
  );
}

function NewStackForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: ({ name = '', description }: Record<string, string>) => body(api.POST('/api/stacks', { body: { name, description: description || null } })),
    meta: { inline: true },
    onSuccess: (stack) => {
      client.setQueryData(['stack', stack.id], stack);
      void client.invalidateQueries({ queryKey: ['stacks'] });
      void navigate({ to: '/stacks/$stackId', params: { stackId: stack.id } });
    },
  });
  const fields = ['name', 'description'];
  const errors = errorsOf(create.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    create.mutate(valuesOf(event.currentTarget));
  };
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      <FormError error={create.error} fields={fields} />
      <Field label="Name" errors={errors.of('name')}>
        {(aria) => <Input {...aria} name="name" autoComplete="off" autoFocus required />}
      </Field>
      <Field label="Description" optional errors={errors.of('description')}>
        {(aria) => <Textarea {...aria} name="description" rows={3} />}
      </Field>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Make the stack
        </Button>
      </DialogActions>
    </form>
  );
}
