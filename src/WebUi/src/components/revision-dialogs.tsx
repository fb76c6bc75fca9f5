import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import type { Agent, Revision } from '@/api/types';
import { baselineOf, neighbourOf, originOf, summaryOf } from '@/lib/revisions';
import { CodeField, SendCode, useCodeUpload } from './code-upload';
import { Difference, DifferenceList } from './difference';
import { Button } from './ui/button';
import { Dialog, DialogActions } from './ui/dialog';
import { errorsOf, Field, FormError, Input, Select, valuesOf } from './ui/form';

/** What a revision made is known by at once: the agent that it is about, and the list that it is in, are to be loaded again. */
function useChanged(agent: Agent): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['revisions', agent.id] });
    void client.invalidateQueries({ queryKey: ['agent', agent.id] });
  };
}

const noteHint = 'For whoever reads the list later.';
const fields = ['file', 'note'];
const otherFields = ['note'];

interface UploadProps {
  agent: Agent;
  revisions: readonly Revision[];
  onClose: () => void;
  onDone: (revision: Revision) => void;
}

/** Other code for an agent. */
export function UploadCode({ agent, revisions, onClose, onDone }: UploadProps) {
  const form = useRef<HTMLFormElement>(null);
  const changed = useChanged(agent);
  const code = useCodeUpload<Revision>('PUT', `/api/agents/${encodeURIComponent(agent.id)}/code`, (revision) => {
    changed();
    onDone(revision);
  });
  const errors = errorsOf(code.error ?? code.check.error, code.error ? fields : otherFields);
  const trial = (file: File): FormData => formOf((form.current && valuesOf(form.current)['note']) ?? '', file);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { note = '' } = valuesOf(event.currentTarget);
    code.send((file) => formOf(note, file));
  };
  const { preview } = code.check;
  const present = revisions.find(({ number }) => number === agent.revision);
  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5">
      <FormError error={code.error} fields={fields} />
      <CodeField code={code} otherFields={otherFields} onFile={(file) => code.choose(file, trial(file))} onCheck={(file) => code.check.start(trial(file))} />
      {preview?.difference && !code.isPending && (
        <details className="rounded-lg border border-line px-3.5 py-2.5">
          <summary className="font-medium">
            {summaryOf(preview.difference)} <span className="font-normal text-soft">compared to revision {agent.revision}</span>
          </summary>
          <div className="mt-3">
            <DifferenceList difference={preview.difference} before={present} bare />
          </div>
        </details>
      )}
      <Field label="Note" optional hint={noteHint} errors={errors.of('note')}>
        {(aria) => <Input {...aria} name="note" autoComplete="off" disabled={code.isPending} />}
      </Field>
      <SendCode code={code} cancel={<Button onClick={onClose}>Cancel</Button>} />
    </form>
  );
}

function formOf(note: string, file: File): FormData {
  const form = new FormData();
  if (note) form.append('note', note);
  // Last, so that the server knows the rest before the long part.
  form.append('file', file, file.name);
  return form;
}

interface RollBackProps {
  agent: Agent;
  revisions: readonly Revision[];
  target: Revision;
  onClose: () => void;
  onDone: (revision: Revision) => void;
}

/** Asks before an agent goes back to an earlier revision, with what that means. */
export function RollBack({ agent, revisions, target, onClose, onDone }: RollBackProps) {
  const changed = useChanged(agent);
  const baseline = baselineOf(revisions.filter(({ number }) => number !== target.number));
  const isAgain = target.state === 'failed';
  const back = useMutation({
    mutationFn: (note: string) =>
      body(api.POST('/api/agents/{agent_id}/rollback', { params: { path: { agent_id: agent.id } }, body: { revision: target.number, note: note || null } })),
    meta: { inline: true },
    onSuccess: (revision) => {
      changed();
      onDone(revision);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    back.mutate(valuesOf(event.currentTarget)['note'] ?? '');
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={isAgain ? `Deploy revision ${target.number} again?` : `Roll back to revision ${target.number}?`}
      description={
        <>
          {isAgain && 'It failed before. '}A new revision is made with everything of revision {target.number}: its code, its configuration, its secrets.
          {agent.status === 'stopped' ? ' It is deployed when the agent is started.' : baseline?.state === 'active' && ` Revision ${baseline.number} serves until it is ready.`}
        </>
      }
    >
      <form onSubmit={submit} noValidate className="space-y-5">
        <FormError error={back.error} fields={otherFields} />
        {baseline && (
          <section aria-label="What would change" className="space-y-3">
            <p className="text-[13px] text-soft">
              What would change from revision {baseline.number}
              {baseline.state === 'active' && ', which is active'}
            </p>
            <Difference agentId={agent.id} revision={target} other={baseline} />
          </section>
        )}
        <Field label="Note" optional hint={noteHint} errors={errorsOf(back.error, otherFields).of('note')}>
          {(aria) => <Input {...aria} name="note" autoComplete="off" />}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={back.isPending}>
            {isAgain ? 'Deploy again' : 'Roll back'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface CompareProps {
  agentId: string;
  revisions: readonly Revision[];
  revision: Revision;
  onClose: () => void;
}

/** Any two revisions beside each other. */
export function Compare({ agentId, revisions, revision, onClose }: CompareProps) {
  const [from, setFrom] = useState(neighbourOf(revisions, revision)?.number);
  const [to, setTo] = useState(revision.number);
  const of = (number: number | undefined): Revision | undefined => revisions.find((each) => each.number === number);
  const [before, after] = [of(from), of(to)];
  return (
    <Dialog open wide onClose={onClose} title="What differs">
      <div className="mb-5 grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-end gap-x-2.5 gap-y-2">
        <Pick label="From" value={from} revisions={revisions} onPick={setFrom} />
        <ArrowRight size={16} className="mb-2.5 text-soft" aria-hidden />
        <Pick label="To" value={to} revisions={revisions} onPick={setTo} />
      </div>
      <div aria-live="polite">
        {before && after && before !== after ? (
          <Difference agentId={agentId} revision={after} other={before} />
        ) : (
          <p className="rounded-lg border border-line px-3.5 py-3 text-soft">Choose two different revisions.</p>
        )}
      </div>
    </Dialog>
  );
}

function Pick({ label, value, revisions, onPick }: { label: string; value: number | undefined; revisions: readonly Revision[]; onPick: (number: number) => void }) {
  return (
    <Field label={label}>
      {(aria) => (
        <Select {...aria} value={value} onChange={(event) => onPick(Number(event.target.value))}>
          {revisions.map((each) => (
            <option key={each.number} value={each.number}>
              {each.number}: {each.state === 'active' ? 'active' : originOf(each).toLowerCase()}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
