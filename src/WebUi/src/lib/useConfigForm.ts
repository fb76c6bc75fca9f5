import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '@/api/client';
import { ApiError } from '@/api/problem';
import { agentConfigQuery, agentQuery } from '@/api/queries';
import type { Agent, AgentConfig, Revision } from '@/api/types';
import type { ConfigForm } from '@/components/config-form';
import { areSame, hasPlace, isEmpty, noEdits, patchOf, placed, problemsOf, rebase, type Edits, type Sentences } from './agent-config';

export interface Loaded {
  readonly config: AgentConfig;
  /** Its entity tag. */
  readonly tag: string;
}

const none: Sentences = {};

/**
 * Edits of an agent's configuration. As long as there are none they follow what the server says; from the first one on they stay with what they were
 * made for, until somebody takes over what came meanwhile.
 */
export function useConfigForm(agent: Agent, latest: Loaded, onSaved: (revision: Revision, isNew: boolean) => void) {
  const client = useQueryClient();
  const [pinned, setPinned] = useState<Loaded | null>(null);
  const [edits, setEdits] = useState(noEdits);
  const [note, setNote] = useState('');
  const [conflicts, setConflicts] = useState(none);
  const [problems, setProblems] = useState(none);
  const [failures, setFailures] = useState(0);
  const base = pinned ?? latest;
  const isOutdated = pinned !== null && !areSame(pinned.config, latest.config);
  const { queryKey } = agentConfigQuery(agent.id);

  const reset = (): void => {
    setPinned(null);
    setEdits(noEdits);
    setNote('');
    setConflicts(none);
    setProblems(none);
    save.reset();
  };

  const save = useMutation({
    mutationFn: async () => {
      // Its event may come before the answer.
      const before = agent.revision;
      const send = async (tag: string) =>
        api.PATCH('/api/agents/{agent_id}/config', {
          params: { path: { agent_id: agent.id }, header: { 'If-Match': tag } },
          body: patchOf(edits, note),
        });
      const { data, response } = await send(isOutdated ? base.tag : latest.tag).catch(async (error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 412) throw error;
        const now = await client.fetchQuery({ ...agentConfigQuery(agent.id), staleTime: 0 });
        // The tag changes with the agent's name too, and with every restart.
        if (areSame(now.config, base.config)) return send(now.tag);
        throw error;
      });
      const revision = data as Revision;
      return { revision, tag: response.headers.get('ETag'), isNew: revision.number > before };
    },
    meta: { inline: true },
    onError: () => setFailures((times) => times + 1),
    onSuccess: ({ revision, tag, isNew }) => {
      if (tag) client.setQueryData<Loaded>(queryKey, { config: revision.config, tag });
      if (isNew)
        client.setQueryData(agentQuery(agent.id).queryKey, (shown): Agent | undefined =>
          shown && shown.revision < revision.number ? { ...shown, ...beginning(shown, revision) } : shown,
        );
      void client.invalidateQueries({ queryKey: agentQuery(agent.id).queryKey });
      reset();
      onSaved(revision, isNew);
    },
  });

  const change = (next: Edits): void => {
    setEdits(next);
    setPinned(isEmpty(next) ? null : base);
    if (isEmpty(next)) setConflicts(none);
  };

  const isConflict = save.error instanceof ApiError && save.error.status === 412;
  const errors = useMemo(() => {
    const answered = save.error instanceof ApiError ? placed(save.error.errors, edits) : none;
    return { ...answered, ...problems };
  }, [save.error, edits, problems]);
  const form: ConfigForm = { config: base.config, edits, errors, conflicts, change };

  return {
    form,
    note,
    setNote,
    isDirty: !isEmpty(edits),
    isSaving: save.isPending,
    /** Grows with each save that was refused. */
    failures,
    /** Somebody else has changed the configuration since the first edit. */
    isOutdated: isOutdated || (isConflict && pinned !== null),
    /** What the server says that no control says. */
    refusal: isConflict ? null : withoutPlaces(save.error, base.config, edits),
    discard: reset,
    submit: (): void => {
      const found = problemsOf(edits, base.config);
      setProblems(found);
      if (Object.keys(found).length > 0) {
        save.reset();
        setFailures((times) => times + 1);
      } else {
        save.mutate();
      }
    },
    takeOver: (): void => {
      const { edits: next, conflicts: found } = rebase(edits, base.config, latest.config);
      setEdits(next);
      setPinned(isEmpty(next) ? null : latest);
      setConflicts(found);
      setProblems(none);
      save.reset();
    },
  };
}

/** What an agent is as soon as it has another revision. */
function beginning(agent: Agent, revision: Revision): Partial<Agent> {
  const since = { revision: revision.number, updated_at: revision.created_at };
  return agent.status === 'stopped' ? since : { ...since, status: 'pending', status_reason: null, status_message: null };
}

/** The error with only those of its sentences that stand beside no control; null when there are none. */
function withoutPlaces(error: unknown, config: AgentConfig, edits: Edits): unknown {
  if (!(error instanceof ApiError) || Object.keys(error.errors).length === 0) return error;
  const rest = Object.entries(placed(error.errors, edits)).filter(([place]) => !hasPlace(place, config, edits));
  return rest.length === 0 ? null : new ApiError(error.status, error.message, Object.fromEntries(rest), error.traceId, error.retryAfter);
}
