import { useQuery } from '@tanstack/react-query';
import { GitMerge, TriangleAlert, X } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { agentConfigQuery } from '@/api/queries';
import type { Agent } from '@/api/types';
import { LoadError } from '@/components/basics';
import { Setting, type ConfigForm } from '@/components/config-form';
import { Variables } from '@/components/config-variables';
import { Rollout } from '@/components/rollout';
import { Button } from '@/components/ui/button';
import { Section, Skeleton } from '@/components/ui/card';
import { FieldErrors, FormError, Input } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { Unsaved } from '@/components/unsaved';
import { changedPaths } from '@/lib/agent-config';
import { count } from '@/lib/format';
import { useConfigForm, type Loaded } from '@/lib/useConfigForm';
import { useAgent } from './agent';

export function AgentConfiguration() {
  const { data: agent } = useAgent();
  const { data: latest, error, refetch } = useQuery({ ...agentConfigQuery(agent?.id ?? ''), enabled: agent?.kind === 'deployed' });
  if (!agent) return null;
  if (agent.kind !== 'deployed') return <p className="text-soft">This agent runs elsewhere and only reports here: it is configured where it runs.</p>;
  if (!latest) return error ? <LoadError error={error} onRetry={() => void refetch()} /> : <Skeleton className="h-96 max-w-4xl rounded-xl" />;
  return <Configuration key={agent.id} agent={agent} latest={latest} />;
}

function Configuration({ agent, latest }: { agent: Agent; latest: Loaded }) {
  const [saved, setSaved] = useState<number | null>(null);
  const state = useConfigForm(agent, latest, (revision, isNew) => {
    setSaved(isNew ? revision.number : null);
    toast(isNew ? `Revision ${revision.number} is saved.` : 'That is what it was already: nothing is deployed.');
  });
  const { form, isDirty, isOutdated, refusal } = state;
  const element = useRef<HTMLFormElement>(null);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [state.failures]);
  useEffect(() => {
    if (saved !== null) top.current?.scrollIntoView({ block: 'nearest' });
  }, [saved]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    state.submit();
  };
  return (
    <form ref={element} onSubmit={submit} noValidate className="max-w-4xl space-y-6 [&_input]:scroll-mb-48 [&_select]:scroll-mb-48 [&_textarea]:scroll-mb-48">
      <Unsaved when={isDirty}>{count(changedPaths(form.edits).length, 'change')} of the configuration would be lost.</Unsaved>
      <div ref={top} className="scroll-mt-24 empty:hidden">
        {saved !== null && <SavedRollout agent={agent} number={saved} onClose={() => setSaved(null)} />}
      </div>
      <p className="max-w-prose text-soft">
        What is <em className="not-italic font-medium text-ink">set here</em> counts first, then the <code className="font-mono text-[13px]">agent.yaml</code> in the code, then the server’s own settings. Empty a field
        to leave it to the next of them. Saving makes a new revision, which takes over once it is ready.
      </p>
      <Section title="Environment" description="Variables that the agent finds when it starts." flush>
        <Variables form={form} group="environment" />
      </Section>
      <Section title="Secrets" description="Variables that are stored encrypted. Nobody can read them here again." flush>
        {form.config.secrets === null ? <Unreadable form={form} /> : <Variables form={form} group="secrets" />}
      </Section>
      <Settings form={form} />
      {isDirty && (
        <SaveBar state={state} paths={changedPaths(form.edits)}>
          {isOutdated && (
            <div role="alert" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-md border border-warn/35 bg-warn-wash px-3 py-2.5 text-warn">
              <p className="flex min-w-0 flex-1 basis-64 items-start gap-2">
                <GitMerge size={16} className="mt-0.5 shrink-0" aria-hidden />
                <span>Somebody else has changed the configuration meanwhile. Load theirs: your changes stay, and you can look at both before you save.</span>
              </p>
              <Button size="sm" onClick={state.takeOver}>
                Load theirs, keep mine
              </Button>
            </div>
          )}
          <FormError error={refusal} />
        </SaveBar>
      )}
    </form>
  );
}

function Settings({ form }: { form: ConfigForm }) {
  const columns = 'grid items-start gap-x-5 gap-y-4 sm:grid-cols-2';
  const four = `${columns} lg:grid-cols-4`;
  return (
    <>
      <Section title="Start" description="What runs. One text a line: nothing is quoted or split.">
        <div className={columns}>
          <Setting form={form} path="command" label="Command" hint="In place of the image’s entry point, or of what the code’s files suggest." />
          <Setting form={form} path="args" label="Arguments" />
        </div>
      </Section>
      <Section title="Readiness" description="How it is found out that the agent answers, and by when it has to.">
        <div className={columns}>
          <Setting form={form} path="health.path" label="Health path" hint="Empty: ready when the port accepts connections." />
          <Setting form={form} path="health.startup_seconds" label="Ready within, s" hint="After that time a new revision is given up." />
        </div>
        <div className={`mt-4 ${four}`}>
          <Setting form={form} path="health.initial_delay_seconds" label="First look after, s" />
          <Setting form={form} path="health.period_seconds" label="Between looks, s" />
          <Setting form={form} path="health.timeout_seconds" label="Answer within, s" />
          <Setting form={form} path="health.failure_threshold" label="Failures allowed" />
        </div>
        <div className="mt-4 sm:max-w-[calc(50%-0.625rem)]">
          <Setting form={form} path="auto_rollback" label="Go back by itself" hint="A revision that doesn’t come to run gives way to the one before." />
        </div>
      </Section>
      <Section title="Container" description="For agents in containers. Those that run as processes on the server’s own machine have no use for these.">
        <div className={four}>
          <div className="sm:col-span-2">
            <Setting form={form} path="image" label="Image" />
          </div>
          <Setting form={form} path="port" label="Port" />
          <Setting form={form} path="replicas" label="Replicas" />
          <Setting form={form} path="resources.requests.cpu" label="CPU request" />
          <Setting form={form} path="resources.limits.cpu" label="CPU limit" />
          <Setting form={form} path="resources.requests.memory" label="Memory request" />
          <Setting form={form} path="resources.limits.memory" label="Memory limit" />
        </div>
        <p className="mt-4 text-[13px] text-soft">
          A request is reserved, and more than the limit isn’t given. Processors are written as <code className="font-mono">250m</code> or <code className="font-mono">1.5</code>, memory as{' '}
          <code className="font-mono">256Mi</code> or <code className="font-mono">1Gi</code>.
        </p>
      </Section>
    </>
  );
}

/** What came of the last save, until it is put away. */
function SavedRollout({ agent, number, onClose }: { agent: Agent; number: number; onClose: () => void }) {
  return (
    <Section
      title={`Revision ${number}`}
      actions={
        <Button variant="ghost" size="icon" className="-m-2" aria-label="Put the rollout away" onClick={onClose}>
          <X size={16} aria-hidden />
        </Button>
      }
    >
      {agent.status === 'stopped' ? <p>It is saved, and the agent is stopped. The start deploys it.</p> : <Rollout agent={agent} />}
    </Section>
  );
}

/** The server has another key now than the one that they were stored under. */
function Unreadable({ form: { edits, change } }: { form: ConfigForm }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-4 pb-4 sm:px-5">
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2 text-warn">
        <TriangleAlert size={16} className="mt-0.5 shrink-0" aria-hidden />
        {edits.clearsSecrets ? 'They go with the next save. After it they can be set anew.' : 'They can’t be read any more, as the server’s SECRET_KEY has changed. Clear them, then set them anew.'}
      </p>
      <Button size="sm" onClick={() => change({ ...edits, clearsSecrets: !edits.clearsSecrets })}>
        {edits.clearsSecrets ? 'Keep them' : 'Clear them'}
      </Button>
    </div>
  );
}

/** Stays in sight as long as something isn't saved. */
function SaveBar({ state, paths, children }: { state: ReturnType<typeof useConfigForm>; paths: readonly string[]; children: ReactNode }) {
  const errors = state.form.errors['note'];
  return (
    <div role="region" aria-label="Unsaved changes" className="appear sticky bottom-3 z-10 space-y-3 rounded-xl border border-line bg-surface p-3 shadow-lg shadow-black/10 sm:px-5 sm:py-4">
      {children}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
        <p className="min-w-0 flex-1 basis-40 truncate" title={paths.join('\n')}>
          <span className="font-medium">{count(paths.length, 'change')}</span>
          <span className="ml-2 font-mono text-[13px] text-soft">{paths.slice(0, 3).join(', ')}{paths.length > 3 && ' …'}</span>
        </p>
        <Input
          aria-label="Note"
          aria-invalid={errors ? true : undefined}
          aria-describedby={errors && 'config-note-error'}
          placeholder="Note (optional)"
          autoComplete="off"
          value={state.note}
          onChange={(event) => state.setNote(event.target.value)}
          className="order-last md:order-none md:w-56"
        />
        <div className="flex gap-2">
          <Button onClick={state.discard} disabled={state.isSaving}>
            Discard
          </Button>
          <Button type="submit" variant="primary" busy={state.isSaving} disabled={state.isOutdated}>
            Save
          </Button>
        </div>
      </div>
      <FieldErrors id="config-note-error" errors={errors ?? []} />
    </div>
  );
}
