import { describe, expect, it } from 'vitest';
import type { AgentConfig } from '@/api/types';
import { areSame, changedPaths, hasPlace, isEmpty, noEdits, patchOf, placed, problemsOf, rebase, withField, withVariable, type Edits } from './agent-config';

const config = (parts: Partial<AgentConfig> = {}): AgentConfig => ({
  environment: {},
  secrets: [],
  image: null,
  command: null,
  args: null,
  port: null,
  replicas: null,
  resources: null,
  health: null,
  auto_rollback: null,
  sources: {},
  ...parts,
});
const edits = (parts: Partial<Edits>): Edits => ({ ...noEdits, ...parts });
const added = (group: 'environment' | 'secrets', name: string, value: string, key = 1) => ({ key, group, name, value });

describe('patchOf', () => {
  it('says what changes and nothing else', () => {
    expect(patchOf(noEdits)).toEqual({});
    const patch = patchOf(
      edits({
        fields: { 'resources.limits.memory': '1Gi', 'resources.limits.cpu': '', port: ' 8080 ', args: 'main.py\n  --fast ', auto_rollback: 'false' },
        environment: { LEVEL: 'debug', OLD: null },
        secrets: { KEY: 'new' },
        added: [added('environment', ' EMPTY ', ''), added('secrets', 'TOKEN', 'a\nb ', 2), added('environment', '', '', 3)],
      }),
      ' why ',
    );
    expect(patch).toEqual({
      resources: { limits: { memory: '1Gi', cpu: null } },
      port: 8080,
      args: ['main.py', '--fast'],
      auto_rollback: false,
      environment: { LEVEL: 'debug', OLD: null, EMPTY: '' },
      secrets: { KEY: 'new', TOKEN: 'a\nb ' },
      note: 'why',
    });
  });

  it('writes lists as they are meant', () => {
    expect(patchOf(edits({ fields: { command: '["sh", "-c", "a\\nb"]', args: '[]' } }))).toEqual({ command: ['sh', '-c', 'a\nb'], args: [] });
  });

  it('can move a name from the variables to the secrets', () => {
    expect(patchOf(edits({ environment: { KEY: null }, added: [added('secrets', 'KEY', 'x')] }))).toEqual({ environment: { KEY: null }, secrets: { KEY: 'x' } });
  });

  it('clears secrets that nobody can read', () => {
    expect(patchOf(edits({ clearsSecrets: true }))).toEqual({ secrets: null });
  });
});

describe('edits', () => {
  const present = config({ args: ['a', 'b\nc'], image: 'code:1', environment: { LEVEL: 'info' }, sources: { args: 'api', image: 'code', 'environment.LEVEL': 'api' } });

  it('are none when they come back to what was there', () => {
    let next = withField(noEdits, present, 'args', 'x');
    next = withVariable(next, present, 'environment', 'LEVEL', 'debug');
    expect(changedPaths(next)).toEqual(['args', 'environment.LEVEL']);
    next = withField(next, present, 'args', '["a","b\\nc"]');
    next = withVariable(next, present, 'environment', 'LEVEL', 'info');
    expect(isEmpty(next)).toBe(true);
  });

  it('leave to the code what is emptied', () => {
    expect(isEmpty(withField(noEdits, present, 'image', ''))).toBe(true);
    expect(patchOf(withField(noEdits, present, 'image', 'own:2'))).toEqual({ image: 'own:2' });
    expect(patchOf(withField(noEdits, present, 'args', ''))).toEqual({ args: null });
  });

  it('keep an empty secret apart from none', () => {
    const held = config({ secrets: [{ name: 'KEY' }] });
    expect(patchOf(withVariable(noEdits, held, 'secrets', 'KEY', ''))).toEqual({ secrets: { KEY: '' } });
    expect(isEmpty(withVariable(withVariable(noEdits, held, 'secrets', 'KEY', ''), held, 'secrets', 'KEY', undefined))).toBe(true);
  });
});

describe('problemsOf', () => {
  it('finds what can be seen without the server', () => {
    const found = problemsOf(
      edits({
        fields: { port: '80a', args: '[1]', replicas: '2' },
        added: [added('environment', 'LEVEL', 'x'), added('environment', '', 'y', 2), added('secrets', 'TWICE', '', 3), added('secrets', 'TWICE', '', 4), added('secrets', '', '', 5)],
      }),
      config({ environment: { LEVEL: 'info' } }),
    );
    expect(Object.keys(found).sort()).toEqual(['added:1', 'added:2', 'added:4', 'args', 'port']);
  });
});

describe('placed', () => {
  it('puts each sentence beside its control', () => {
    const present = config({ environment: { 'A.B': '' }, secrets: [{ name: 'KEY' }] });
    const mine = edits({ added: [added('environment', '1st', '')] });
    const places = placed({ 'environment.1st': ['No.'], 'environment.A.B': ['Long.'], 'args[2]': ['Empty.'], 'secrets.KEY': ['Bad.'], environment: ['Too many.'], 'environment.constructor': ['?'] }, mine);
    expect(places).toEqual({ 'added:1': ['No.'], 'environment.A.B': ['Long.'], args: ['Number 3: Empty.'], 'secrets.KEY': ['Bad.'], environment: ['Too many.'], 'environment.constructor': ['?'] });
    expect(Object.keys(places).filter((place) => !hasPlace(place, present, mine))).toEqual(['environment', 'environment.constructor']);
  });
});

describe('rebase', () => {
  const from = config({ environment: { SAME: '1', BOTH: '1', GONE: '1', OFF: '1' }, secrets: [{ name: 'KEY' }], image: 'a', sources: { image: 'api' } });

  it('keeps what is mine and takes everything else from them', () => {
    const onto = config({ ...from, environment: { SAME: '1', BOTH: 'theirs', THEIRS: '2' }, replicas: 3, sources: { image: 'api', replicas: 'api' } });
    const mine = edits({ fields: { port: '80' }, environment: { SAME: 'mine', BOTH: 'mine', GONE: 'mine', OFF: null }, secrets: { KEY: 'new' } });
    const { edits: next, conflicts } = rebase(mine, from, onto);
    expect(patchOf(next)).toEqual({ port: 80, environment: { SAME: 'mine', BOTH: 'mine', GONE: 'mine' }, secrets: { KEY: 'new' } });
    expect(conflicts).toEqual({ 'environment.BOTH': ['Somebody else set this to “theirs” meanwhile.'], 'added:1': ['Somebody else removed this meanwhile. Yours adds it again.'] });
  });

  it('drops what they have done already', () => {
    const onto = config({ environment: { BOTH: 'mine', NEW: 'x' }, secrets: [{ name: 'TOKEN' }], image: 'b', sources: { image: 'api' } });
    const mine = edits({ fields: { image: 'b' }, environment: { BOTH: 'mine', GONE: null }, secrets: { KEY: null }, added: [added('environment', 'NEW', 'x')] });
    const { edits: next, conflicts } = rebase(mine, from, onto);
    expect(isEmpty(next)).toBe(true);
    expect(conflicts).toEqual({});
  });

  it('says where a setting or a new name was theirs too', () => {
    const onto = config({ ...from, environment: { NEW: 'theirs' }, secrets: [{ name: 'TOKEN' }], image: null, sources: {} });
    const mine = edits({ fields: { image: 'c' }, added: [added('environment', 'NEW', 'mine'), added('secrets', 'TOKEN', 't', 2)] });
    const { edits: next, conflicts } = rebase(mine, from, onto);
    expect(patchOf(next)).toEqual({ image: 'c', environment: { NEW: 'mine' }, secrets: { TOKEN: 't' } });
    expect(conflicts).toEqual({
      image: ['Somebody else took this out meanwhile.'],
      'environment.NEW': ['Somebody else set this to “theirs” meanwhile.'],
      'secrets.TOKEN': ['Somebody else set this too meanwhile.'],
    });
  });
});

it('compares whatever the order', () => {
  expect(areSame(config({ environment: { A: '1', B: '2' } }), config({ environment: { B: '2', A: '1' } }))).toBe(true);
  expect(areSame(config({ args: ['a', 'b'] }), config({ args: ['b', 'a'] }))).toBe(false);
});
