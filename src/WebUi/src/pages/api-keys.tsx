import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ban, CircleCheck, ClockAlert, KeyRound, Plus } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { apiKeysQuery } from '@/api/queries';
import type { ApiKey, NewApiKey } from '@/api/types';
import { Confirm, Empty, LoadError, PageHeader, ShownOnce, Snippet, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Card, Skeleton } from '@/components/ui/card';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { errorsOf, Field, FormError, Input, Select } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { useNow, useTitle } from '@/lib/hooks';

export function ApiKeys() {
  useTitle('API keys');
  const keys = useQuery(apiKeysQuery);
  const client = useQueryClient();
  const [isNew, setIsNew] = useState(false);
  const [created, setCreated] = useState<NewApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [withEnded, setWithEnded] = useState(false);
  const now = useNow();
  const add = (
    <Button variant="primary" onClick={() => setIsNew(true)}>
      <Plus size={16} aria-hidden />
      New key
    </Button>
  );
  const all = keys.data?.api_keys ?? [];
  const ended = all.filter((key) => hasEnded(key, now));
  const shown = withEnded ? all : all.filter((key) => !hasEnded(key, now));
  return (
    <>
      <PageHeader title="API keys" description="For programs: to report, to read, to deploy. Each can do only what you let it." actions={all.length > 0 && add} />
      {!keys.data ? (
        keys.error ? (
          <LoadError error={keys.error} onRetry={() => void keys.refetch()} />
        ) : (
          <Skeleton className="h-60 rounded-xl" />
        )
      ) : all.length === 0 ? (
        <Card>
          <Empty icon={KeyRound} title="No key yet" actions={add}>
            A program sends it as <code className="font-mono text-[13px]">X-API-Key</code>. It is shown once, when it is made.
          </Empty>
        </Card>
      ) : (
        <>
          {ended.length > 0 && (
            <label className="mb-4 inline-flex items-center gap-2.5">
              <input type="checkbox" className="size-4 accent-accent" checked={withEnded} onChange={(event) => setWithEnded(event.target.checked)} />
              Show those that have ended
            </label>
          )}
          {shown.length === 0 ? (
            <Card>
              <Empty icon={KeyRound} title="No key works at the moment" />
            </Card>
          ) : (
            <ul aria-label="API keys" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
              {shown.map((key) => (
                <KeyRow key={key.id} apiKey={key} now={now} onRevoke={() => setRevoking(key)} />
              ))}
            </ul>
          )}
        </>
      )}
      <Dialog open={isNew} onClose={() => setIsNew(false)} title="New key">
        <NewKeyForm
          onClose={() => setIsNew(false)}
          onCreated={(key) => {
            setIsNew(false);
            setCreated(key);
            void client.invalidateQueries({ queryKey: ['apikeys'] });
          }}
        />
      </Dialog>
      <ShownOnce open={created !== null} onClose={() => setCreated(null)} title="Your new key" secret={created?.key ?? ''}>
        <Snippet label="Command to try it with" code={tryOut(created)} />
      </ShownOnce>
      <Confirm
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke “${revoking?.name ?? ''}”?`}
        action="Revoke the key"
        onConfirm={async () => {
          if (!revoking) return;
          await api.DELETE('/api/apikeys/{id}', { params: { path: { id: revoking.id } } });
          toast('The key is revoked.');
          await client.invalidateQueries({ queryKey: ['apikeys'] });
        }}
      >
        {revoking?.agent_id ? 'It belongs to a deployed agent, whose reports will be refused.' : 'Whatever uses it is refused from now on.'}
      </Confirm>
    </>
  );
}

function hasEnded(key: ApiKey, now: number): boolean {
  return key.revoked || (key.expires_at !== null && new Date(key.expires_at).getTime() <= now);
}

function tryOut(key: NewApiKey | null): string {
  if (!key?.scopes.includes('read') && key?.scopes.includes('report'))
    return `curl ${location.origin}/webhook/status \\\n  -H 'X-API-Key: ${key.key}' -H 'Content-Type: application/json' \\\n  -d '{"agent_id": "my-laptop", "session_topic": "hello", "status": "success"}'`;
  return `curl ${location.origin}/api/agents -H 'X-API-Key: ${key?.key ?? ''}'`;
}

function KeyRow({ apiKey: key, now, onRevoke }: { apiKey: ApiKey; now: number; onRevoke: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium break-words">{key.name}</p>
        <p className="flex flex-wrap gap-x-2 text-[13px] text-soft">
          <code className="font-mono">{key.key_prefix}…</code>
          <span>may {key.scopes.join(', ')}</span>
          {key.agent_id && <span>for its agent alone</span>}
          <span>{key.last_used_at ? <>used <Time value={key.last_used_at} /></> : 'never used'}</span>
          {!hasEnded(key, now) && key.expires_at && (
            <span>
              ends <Time value={key.expires_at} />
            </span>
          )}
        </p>
      </div>
      <KeyState apiKey={key} now={now} />
      <div className="text-right sm:w-20">
        {!hasEnded(key, now) && (
          <Button size="sm" variant="dangerQuiet" onClick={onRevoke} aria-label={`Revoke ${key.name}`}>
            Revoke
          </Button>
        )}
      </div>
    </li>
  );
}

function KeyState({ apiKey: key, now }: { apiKey: ApiKey; now: number }) {
  const look = 'inline-flex items-center gap-1.5 rounded-full py-0.5 pr-2.5 pl-2 text-[13px] font-medium';
  if (key.revoked)
    return (
      <span className={`${look} bg-idle-wash text-idle`}>
        <Ban size={14} aria-hidden />
        Revoked
      </span>
    );
  if (hasEnded(key, now))
    return (
      <span className={`${look} bg-idle-wash text-idle`}>
        <ClockAlert size={14} aria-hidden />
        Expired
      </span>
    );
  return (
    <span className={`${look} bg-good-wash text-good`}>
      <CircleCheck size={14} aria-hidden />
      Works
    </span>
  );
}

const scopes: [string, string, string][] = [
  ['report', 'Report', 'Say how agents are doing.'],
  ['read', 'Read', 'See stacks, agents, sessions and events.'],
  ['write', 'Write', 'Make, deploy, change and delete.'],
];

const fields = ['name', 'expires_in', 'scopes'];

function NewKeyForm({ onClose, onCreated }: { onClose: () => void; onCreated: (key: NewApiKey) => void }) {
  const create = useMutation({
    mutationFn: (form: FormData) =>
      body(
        api.POST('/api/apikeys', {
          body: {
            name: String(form.get('name') ?? '').trim(),
            expires_in: Number(form.get('expires_in')) || null,
            scopes: form.getAll('scopes').map(String),
          },
        }),
      ),
    meta: { inline: true },
    onSuccess: onCreated,
  });
  const errors = errorsOf(create.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    create.mutate(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      <FormError error={create.error} fields={fields} />
      <Field label="Name" hint="What will use it, so that you know it again." errors={errors.of('name')}>
        {(aria) => <Input {...aria} name="name" autoComplete="off" autoFocus required />}
      </Field>
      <fieldset>
        <legend className="mb-1.5 font-medium">It may</legend>
        <div className="space-y-2">
          {scopes.map(([value, name, meaning]) => (
            <label key={value} className="flex items-start gap-2.5">
              <input type="checkbox" name="scopes" value={value} defaultChecked={value === 'report'} className="mt-[3px] size-4 accent-accent" />
              <span>
                {name}
                <span className="block text-[13px] text-soft">{meaning}</span>
              </span>
            </label>
          ))}
        </div>
        {errors.of('scopes') && <p className="mt-1.5 text-[13px] text-bad">{errors.of('scopes')?.join(' ')}</p>}
      </fieldset>
      <Field label="Ends" errors={errors.of('expires_in')}>
        {(aria) => (
          <Select {...aria} name="expires_in" defaultValue="90">
            <option value="7">In 7 days</option>
            <option value="30">In 30 days</option>
            <option value="90">In 90 days</option>
            <option value="365">In a year</option>
            <option value="">Never</option>
          </Select>
        )}
      </Field>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Make the key
        </Button>
      </DialogActions>
    </form>
  );
}
