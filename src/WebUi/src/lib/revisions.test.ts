import { describe, expect, it } from 'vitest';
import type { Agent, AgentConfig, Revision, RevisionDifference } from '@/api/types';
import { baselineOf, changeOf, fileNameOf, neighbourOf, originOf, rolloutOf, summaryOf, valueText } from './revisions';

const who = { id: 'u', full_name: 'Ada', email: 'ada@example.com' };
const at = '2026-01-01T00:00:00Z';

const config = (...secrets: string[]): AgentConfig => ({
  args: null, auto_rollback: null, command: null, environment: {}, health: null, image: null, port: null, replicas: null, resources: null,
  secrets: secrets.map((name) => ({ name })), sources: {},
});

const revision = (number: number, state: Revision['state'], more: Partial<Revision> = {}): Revision => ({
  number, state, cause: 'code', code: { digest: 'd', revision: number, size: 1 }, config: config(), created_at: at, created_by: who, activated_at: null,
  failed_at: null, failure_message: null, failure_reason: null, note: null, rollback_of: null, ...more,
});

const agent = (number: number, status: Agent['status'], more: Partial<Agent> = {}): Agent => ({
  id: 'a', agent_id: 'a', kind: 'deployed', stack_id: 's', name: 'a', description: null, source: null, status, status_reason: null, status_message: null,
  api_url: null, ui_url: null, disk_path: null, revision: number, created_at: at, created_by: who, updated_at: at, updated_by: who, registered: at,
  last_seen: null, session_count: 0, active_session_count: 0, ...more,
});

describe('where a revision comes from and what it is held against', () => {
  const all = [revision(7, 'deploying'), revision(5, 'active'), revision(4, 'failed')];

  it('names the revision that a rollback repeats', () => {
    expect(originOf({ cause: 'rollback', rollback_of: 3 })).toBe('Back to revision 3');
    expect(originOf({ cause: 'code', rollback_of: null })).toBe('New code');
  });

  it('holds it against the active one, and without one against the newest', () => {
    expect(baselineOf(all)?.number).toBe(5);
    expect(baselineOf([all[0]!, all[2]!])?.number).toBe(7);
    expect(baselineOf([])).toBeUndefined();
  });

  it('compares it to the one before that is still there, and the oldest to the one after', () => {
    expect(neighbourOf(all, all[0]!)?.number).toBe(5);
    expect(neighbourOf(all, all[2]!)?.number).toBe(5);
    expect(neighbourOf([all[0]!], all[0]!)).toBeUndefined();
  });
});

describe('rolloutOf', () => {
  it('shows a revision that is yet to begin as pending, whatever the agent did before', () => {
    expect(rolloutOf(agent(1, 'failed', { status_reason: 'CrashLoopBackOff' }), revision(2, 'deploying'))).toMatchObject({ status: 'pending', status_reason: null });
  });

  it('follows the agent once that is about the revision', () => {
    const shown = agent(2, 'deploying', { status_message: 'Pulling the image.' });
    expect(rolloutOf(shown, revision(2, 'deploying'))).toBe(shown);
  });

  it('lets an agent say itself that it went back, once that is what is known of it', () => {
    const [before, after] = [agent(2, 'deploying'), agent(1, 'running', { status_reason: 'RolledBack' })];
    expect(rolloutOf(before, revision(2, 'failed'))).toMatchObject({ status: 'failed' });
    expect(rolloutOf(after, revision(2, 'failed'))).toBe(after);
  });

  it('keeps the cause of a failure after the agent was started anew', () => {
    const failed = revision(2, 'failed', { failure_reason: 'CrashLoopBackOff', failure_message: 'Exit code 3.' });
    expect(rolloutOf(agent(1, 'running'), failed)).toMatchObject({
      status: 'failed', status_reason: 'CrashLoopBackOff', status_message: 'Exit code 3.',
    });
  });

  it('has nothing to show of one that another has taken the place of', () => {
    expect(rolloutOf(agent(3, 'running'), revision(2, 'superseded'))).toBeNull();
    expect(rolloutOf(agent(3, 'deploying'), revision(2, 'active'))).toBeNull();
  });
});

describe('differences', () => {
  const files = (added: number, changed: number, removed: number) => ({
    added: [], added_count: added, changed: [], changed_count: changed, removed: [], removed_count: removed,
  });
  const summary = (code_changed: boolean, of: RevisionDifference['files'], settings = 0): string =>
    summaryOf({ code_changed, files: of, fields: Array.from({ length: settings }, () => ({ field: 'port', from: 1, to: 2 })) });

  it('are summed up in a sentence', () => {
    expect(summary(true, files(1, 1, 1), 1)).toBe('3 files and 1 setting differ');
    expect(summary(true, files(0, 1, 0))).toBe('1 file differs');
    expect(summary(false, files(0, 0, 0), 1)).toBe('1 setting differs');
    expect(summary(false, files(0, 0, 0), 2)).toBe('2 settings differ');
    expect(summary(true, files(0, 0, 0))).toBe('The ZIP differs');
    expect(summary(true, null, 2)).toBe('The ZIP and 2 settings differ');
    expect(summary(false, files(0, 0, 0))).toBe('Nothing differs');
  });

  it('tell what came from what went', () => {
    expect(changeOf({ field: 'port', from: null, to: 8080 }, undefined, undefined)).toBe('added');
    expect(changeOf({ field: 'port', from: 8080, to: null }, undefined, undefined)).toBe('removed');
    expect(changeOf({ field: 'auto_rollback', from: true, to: false }, undefined, undefined)).toBe('changed');
  });

  it('tell secrets apart by their names', () => {
    const secret = { field: 'secrets.TOKEN', from: null, to: null };
    const [has, hasNot] = [revision(1, 'active', { config: config('TOKEN') }), revision(1, 'active')];
    expect(changeOf(secret, hasNot, has)).toBe('added');
    expect(changeOf(secret, has, hasNot)).toBe('removed');
    expect(changeOf(secret, has, has)).toBe('changed');
    expect(changeOf(secret, has, undefined)).toBe('changed');
  });

  it('show values as somebody would write them', () => {
    expect([valueText('debug'), valueText(''), valueText(8080), valueText(['python3', '-u'])]).toEqual(['debug', '""', '8080', '["python3","-u"]']);
  });
});

it('a ZIP is named as any system takes it', () => {
  expect(fileNameOf('Ticket triage / Süd', 12)).toBe('Ticket-triage-Süd-r12.zip');
  expect(fileNameOf('../..', 1)).toBe('agent-r1.zip');
});
