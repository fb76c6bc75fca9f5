import { describe, expect, it } from 'vitest';
import { actionLabel, actionsOf, day, startOf, withShortDigests } from './audit';

describe('audit', () => {
  it('takes days from an address, and nothing else', () => {
    expect(['2026-01-31', '2026-13-01', '2026-1-1', 'yesterday', 20260131, undefined].map(day)).toEqual(['2026-01-31', ...Array(5).fill(undefined)]);
  });

  it('begins a day, and ends it with the next, where the reader is', () => {
    const begin = new Date(startOf('2026-02-28'));
    const end = new Date(startOf('2026-02-28', true));
    expect([begin.getHours(), begin.getDate(), end.getHours(), end.getDate(), end.getMonth()]).toEqual([0, 28, 0, 1, 2]);
  });

  it('names what can be done to a kind of resource', () => {
    expect(actionsOf('session')).toEqual(['session.deleted']);
    expect(actionsOf(undefined).length).toBeGreaterThan(25);
    expect(withShortDigests(`Revision 2, code ${'0123456789abcdef'.repeat(4)}.`)).toBe('Revision 2, code 0123456789ab.');
    expect([actionLabel('agent.stopped'), actionLabel('agent.cloned')]).toEqual(['Agent stopped', 'agent.cloned']);
  });
});
