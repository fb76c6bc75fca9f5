import { describe, expect, it } from 'vitest';
import type { Agent } from '@/api/types';
import { isBroken, isRunning, isWaiting } from './status';

const agent = (parts: Partial<Agent>): Agent => ({ kind: 'deployed', status: 'running', status_reason: null, ...parts }) as Agent;

const placeOf = (parts: Partial<Agent>): string =>
  ['broken', 'waiting', 'running'].filter((_, index) => [isBroken, isWaiting, isRunning][index]!(agent(parts))).join('+') || 'nowhere';

describe('the place of an agent on the overview', () => {
  it.each<[string, Partial<Agent>]>([
    ['running', {}],
    ['broken', { status: 'failed' }],
    ['broken', { status_reason: 'RolledBack' }],
    ['broken', { latest_status: 'failed' }],
    ['broken', { latest_status: 'expired' }],
    ['waiting', { latest_status: 'waiting_for_input' }],
    ['running', { kind: 'reported', status: 'external', latest_status: 'running' }],
    ['nowhere', { kind: 'reported', status: 'external', latest_status: 'success' }],
    ['nowhere', { status: 'deploying' }],
  ])('is %s for %j', (place, parts) => expect(placeOf(parts)).toBe(place));

  it.each(['failed', 'expired', 'waiting_for_input', 'running'] as const)('is nowhere once it was stopped, whatever its last session (%s)', (latest_status) => {
    expect(placeOf({ status: 'stopped', latest_status })).toBe('nowhere');
    expect(placeOf({ status: 'deleting', latest_status })).toBe('nowhere');
  });
});
