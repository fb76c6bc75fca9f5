import type { Agent, FieldDifference, Revision, RevisionDifference } from '@/api/types';
import { isRolledBack } from '@/components/status';
import { count } from './format';

/** What a revision was made for, in words. */
export function originOf({ cause, rollback_of }: Pick<Revision, 'cause' | 'rollback_of'>): string {
  switch (cause) {
    case 'created':
      return 'Created with the agent';
    case 'code':
      return 'New code';
    case 'config':
      return 'Other configuration';
    case 'rollback':
      return rollback_of === null ? 'Rolled back' : `Back to revision ${rollback_of}`;
    default:
      return cause;
  }
}

/** The one that others are held against: what serves, or else what should. Of revisions, newest first. */
export function baselineOf(revisions: readonly Revision[]): Revision | undefined {
  return revisions.find(({ state }) => state === 'active') ?? revisions[0];
}

/** What a revision is compared to when nobody says otherwise: the one before it; for the oldest, the one after. */
export function neighbourOf(revisions: readonly Revision[], { number }: Pick<Revision, 'number'>): Revision | undefined {
  return revisions.find((each) => each.number < number) ?? revisions.findLast((each) => each.number > number);
}

/** The agent as a revision's rollout has it, which is what there is to show of the rollout; null when a later one has taken over. */
export function rolloutOf(agent: Agent, revision: Revision): Agent | null {
  switch (revision.state) {
    case 'failed':
      // The agent says itself what it went back to, and why.
      if (isRolledBack(agent) && agent.revision !== revision.number) return agent;
      return { ...agent, status: 'failed', status_reason: revision.failure_reason, status_message: revision.failure_message };
    case 'superseded':
      return null;
    case 'active':
      return agent.revision === revision.number ? agent : null;
    default:
      // What is known of the agent may still be about the revision before.
      return agent.revision === revision.number ? agent : { ...agent, status: 'pending', status_reason: null, status_message: null };
  }
}

export type Change = 'added' | 'removed' | 'changed';

/** Whether a setting came, went or is another one. Secrets are told apart by their names alone. */
export function changeOf({ field, from, to }: FieldDifference, before: Revision | undefined, after: Revision | undefined): Change {
  if (!isSecret(field)) return from === null || from === undefined ? 'added' : to === null || to === undefined ? 'removed' : 'changed';
  const has = (revision: Revision | undefined): boolean | undefined => revision?.config.secrets?.some(({ name }) => `secrets.${name}` === field);
  if (has(before) === false) return 'added';
  return has(after) === false ? 'removed' : 'changed';
}

export const isSecret = (field: string): boolean => field.startsWith('secrets.');

/** A setting's value on one line, as somebody would have written it. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}

/** "3 files and 1 setting differ", or that nothing does. */
export function summaryOf({ code_changed, files, fields }: RevisionDifference): string {
  const parts: string[] = [];
  const total = files && files.added_count + files.changed_count + files.removed_count;
  if (total) parts.push(count(total, 'file'));
  else if (code_changed) parts.push('the ZIP');
  if (fields.length > 0) parts.push(count(fields.length, 'setting'));
  if (parts.length === 0) return 'Nothing differs';
  const isOne = parts.length === 1 && (total === 1 || (!total && (code_changed || fields.length === 1)));
  const text = `${parts.join(' and ')} ${isOne ? 'differs' : 'differ'}`;
  return text[0]!.toUpperCase() + text.slice(1);
}

/** A name for the ZIP that any system takes for a file's. */
export function fileNameOf(agent: string, number: number): string {
  const name = agent.normalize('NFC').replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `${name || 'agent'}-r${number}.zip`;
}
