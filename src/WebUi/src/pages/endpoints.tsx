import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bell, BellOff, CircleCheck, CircleX, Ellipsis, KeyRound, ListChecks, Pencil, Plus, Send, Trash2 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { endpointsQuery } from '@/api/queries';
import type { Endpoint } from '@/api/types';
import { Confirm, Empty, LoadError, ShownOnce, Snippet, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Card, Skeleton } from '@/components/ui/card';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { errorsOf, Field, FormError, Input, Select } from '@/components/ui/form';
import { Menu, MenuItem, MenuLine, MenuLink } from '@/components/ui/menu';
import { toast, toastError } from '@/components/ui/toast';

type Open = { kind: 'edit'; endpoint: Endpoint | null } | { kind: 'secret'; secret: string; isNew: boolean } | { kind: 'delete'; endpoint: Endpoint } | null;

export function Endpoints() {
  const endpoints = useQuery(endpointsQuery);
  const [open, setOpen] = useState<Open>(null);
  const client = useQueryClient();
  const reload = () => client.invalidateQueries({ queryKey: ['endpoints'] });
  if (!endpoints.data) return endpoints.error ? <LoadError error={endpoints.error} onRetry={() => void endpoints.refetch()} /> : <Skeleton className="h-60 rounded-xl" />;
  const add = (
    <Button variant="primary" onClick={() => setOpen({ kind: 'edit', endpoint: null })}>
      <Plus size={16} aria-hidden />
      New endpoint
    </Button>
  );
  return (
    <>
      {endpoints.data.items.length > 0 ? (
        <>
          <div className="mb-4 flex justify-end">{add}</div>
          <ul aria-label="Endpoints" className="space-y-3">
            {endpoints.data.items.map((endpoint) => (
              <EndpointCard key={endpoint.id} endpoint={endpoint} onOpen={setOpen} />
            ))}
          </ul>
        </>
      ) : (
        <Card>
          <Empty icon={Bell} title="Nobody is notified yet" actions={add}>
            <p>An endpoint is an address that gets a message when something happens, for you or for Slack and Lark. From a terminal:</p>
            <div className="mt-4">
              <Snippet
                label="Command that makes an endpoint"
                code={`curl ${location.origin}/api/notifications/endpoints \\\n  -H "X-API-Key: $KEY" -H 'Content-Type: application/json' \\\n  -d '{"url": "https://example.com/hook", "event_types": ["session.*"], "statuses": ["failed"]}'`}
              />
            </div>
          </Empty>
        </Card>
      )}
      <Dialog open={open?.kind === 'edit'} onClose={() => setOpen(null)} title={open?.kind === 'edit' && open.endpoint ? 'Change the endpoint' : 'New endpoint'}>
        {open?.kind === 'edit' && (
          <EndpointForm
            endpoint={open.endpoint}
            onClose={() => setOpen(null)}
            onSaved={(secret) => {
              setOpen(secret ? { kind: 'secret', secret, isNew: true } : null);
              void reload();
            }}
          />
        )}
      </Dialog>
      <ShownOnce open={open?.kind === 'secret'} onClose={() => setOpen(null)} title="The signing secret" secret={open?.kind === 'secret' ? open.secret : ''}>
        <p className="text-soft">
          {open?.kind === 'secret' && open.isNew
            ? 'Your service checks signatures with it, as Standard Webhooks has it.'
            : 'Messages are signed with both secrets for 24 hours, so that your service can change over.'}
        </p>
      </ShownOnce>
      <Confirm
        open={open?.kind === 'delete'}
        onClose={() => setOpen(null)}
        title="Delete this endpoint?"
        action="Delete the endpoint"
        onConfirm={async () => {
          if (open?.kind !== 'delete') return;
          await api.DELETE('/api/notifications/endpoints/{endpoint_id}', { params: { path: { endpoint_id: open.endpoint.id } } });
          await reload();
        }}
      >
        What is still to be delivered to it is cancelled.
      </Confirm>
    </>
  );
}

function EndpointCard({ endpoint, onOpen }: { endpoint: Endpoint; onOpen: (open: Open) => void }) {
  const client = useQueryClient();
  const path = { params: { path: { endpoint_id: endpoint.id } } };
  const reload = () => client.invalidateQueries({ queryKey: ['endpoints'] });
  const test = useMutation({
    mutationFn: () => body(api.POST('/api/notifications/endpoints/{endpoint_id}/test', path)),
    onSuccess: (result) => {
      if (result.delivered) toast(`Delivered: it answered ${result.status_code} in ${result.duration_ms} ms.`);
      else toastError(new Error(result.error ?? `It answered ${result.status_code}.`));
      void client.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  const turn = useMutation({
    mutationFn: (enabled: boolean) => body(api.PATCH('/api/notifications/endpoints/{endpoint_id}', { ...path, body: { enabled } })),
    onSuccess: reload,
  });
  const rotate = useMutation({
    mutationFn: () => body(api.POST('/api/notifications/endpoints/{endpoint_id}/rotate-secret', path)),
    onSuccess: ({ secret }) => {
      onOpen({ kind: 'secret', secret, isNew: false });
      void reload();
    },
  });
  return (
    <li className="rounded-xl border border-line bg-surface p-4 sm:px-5">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="font-semibold break-words">{endpoint.description || hostOf(endpoint.url)}</h2>
          <p className="font-mono text-[13px] break-all text-soft">{endpoint.url}</p>
        </div>
        <div className="flex items-center gap-2">
          <Button size="sm" busy={test.isPending} onClick={() => test.mutate()}>
            {!test.isPending && <Send size={14} aria-hidden />}
            Test
          </Button>
          <Menu
            trigger={
              <Button variant="ghost" size="icon" aria-label={`More for ${endpoint.description || hostOf(endpoint.url)}`}>
                <Ellipsis size={17} aria-hidden />
              </Button>
            }
          >
            <MenuItem onSelect={() => onOpen({ kind: 'edit', endpoint })}>
              <Pencil size={15} aria-hidden />
              Change
            </MenuItem>
            <MenuLink>
              <Link to="/notifications/deliveries" search={{ endpoint: endpoint.id }}>
                <ListChecks size={15} aria-hidden />
                Deliveries
              </Link>
            </MenuLink>
            <MenuItem onSelect={() => rotate.mutate()}>
              <KeyRound size={15} aria-hidden />
              New secret
            </MenuItem>
            <MenuItem onSelect={() => turn.mutate(!endpoint.enabled)}>
              {endpoint.enabled ? <BellOff size={15} aria-hidden /> : <Bell size={15} aria-hidden />}
              {endpoint.enabled ? 'Turn off' : 'Turn on'}
            </MenuItem>
            <MenuLine />
            <MenuItem danger onSelect={() => onOpen({ kind: 'delete', endpoint })}>
              <Trash2 size={15} aria-hidden />
              Delete
            </MenuItem>
          </Menu>
        </div>
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-[13px] text-soft">
        <EndpointState endpoint={endpoint} />
        <span>{formats[endpoint.format]}</span>
        <span>{endpoint.event_types.length > 0 ? endpoint.event_types.join(', ') : 'every event'}</span>
        {endpoint.statuses.length > 0 && <span>when {endpoint.statuses.join(' or ')}</span>}
        {(endpoint.stack_id ?? endpoint.agent_id) && <span>of one {endpoint.agent_id ? 'agent' : 'stack'}</span>}
        {endpoint.enabled && endpoint.failing_since && (
          <span className="text-bad">
            failing since <Time value={endpoint.failing_since} />
          </span>
        )}
      </div>
    </li>
  );
}

function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  const look = 'inline-flex items-center gap-1.5 rounded-full py-0.5 pr-2.5 pl-2 font-medium';
  if (endpoint.enabled)
    return (
      <span className={`${look} bg-good-wash text-good`}>
        <CircleCheck size={14} aria-hidden />
        On
      </span>
    );
  if (endpoint.disabled_reason === 'owner')
    return (
      <span className={`${look} bg-idle-wash text-idle`}>
        <BellOff size={14} aria-hidden />
        Off
      </span>
    );
  return (
    <span className={`${look} bg-bad-wash text-bad`}>
      <CircleX size={14} aria-hidden />
      {endpoint.disabled_reason === 'gone' ? 'Off: it answered that it is gone' : 'Off: it failed for five days'}
    </span>
  );
}

const formats: Record<Endpoint['format'], string> = { standard: 'Standard Webhooks', slack: 'Slack', lark: 'Lark' };

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

const fields = ['url', 'description', 'format', 'event_types', 'statuses'];
const list = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

function EndpointForm({ endpoint, onClose, onSaved }: { endpoint: Endpoint | null; onClose: () => void; onSaved: (secret: string | null) => void }) {
  const save = useMutation({
    mutationFn: async (form: FormData): Promise<string | null> => {
      const text = (name: string): string => String(form.get(name) ?? '').trim();
      const values = {
        url: text('url'),
        description: text('description'),
        format: text('format') as Endpoint['format'],
        event_types: list(text('event_types')),
        statuses: list(text('statuses')),
      };
      if (endpoint) {
        await api.PATCH('/api/notifications/endpoints/{endpoint_id}', { params: { path: { endpoint_id: endpoint.id } }, body: values });
        return null;
      }
      return (await body(api.POST('/api/notifications/endpoints', { body: { ...values, description: values.description || null } }))).secret;
    },
    meta: { inline: true },
    onSuccess: onSaved,
  });
  const errors = errorsOf(save.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      <FormError error={save.error} fields={fields} />
      <Field label="Address" errors={errors.of('url')}>
        {(aria) => <Input {...aria} name="url" type="url" placeholder="https://example.com/hook" defaultValue={endpoint?.url} autoComplete="off" autoFocus required />}
      </Field>
      <Field label="Description" optional errors={errors.of('description')}>
        {(aria) => <Input {...aria} name="description" defaultValue={endpoint?.description ?? ''} autoComplete="off" />}
      </Field>
      <Field label="Format" errors={errors.of('format')}>
        {(aria) => (
          <Select {...aria} name="format" defaultValue={endpoint?.format ?? 'standard'}>
            {Object.entries(formats).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Events" optional hint="Such as session.*, agent.status_changed. Left empty: every event." errors={errors.of('event_types')}>
        {(aria) => <Input {...aria} name="event_types" defaultValue={endpoint?.event_types.join(', ')} autoComplete="off" spellCheck={false} />}
      </Field>
      <Field label="Only when the status is" optional hint="Such as failed, expired, waiting_for_input. Left empty: any." errors={errors.of('statuses')}>
        {(aria) => <Input {...aria} name="statuses" defaultValue={endpoint?.statuses.join(', ')} autoComplete="off" spellCheck={false} />}
      </Field>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {endpoint ? 'Save' : 'Make the endpoint'}
        </Button>
      </DialogActions>
    </form>
  );
}
