import type { AgentConfig, AgentConfigPatch, ConfigSource } from '@/api/types';

/** The settings that are one value each, by their path on the wire. */
export const kinds = {
  command: 'list',
  args: 'list',
  image: 'text',
  port: 'number',
  replicas: 'number',
  'resources.requests.cpu': 'text',
  'resources.requests.memory': 'text',
  'resources.limits.cpu': 'text',
  'resources.limits.memory': 'text',
  'health.path': 'text',
  'health.initial_delay_seconds': 'number',
  'health.period_seconds': 'number',
  'health.timeout_seconds': 'number',
  'health.failure_threshold': 'number',
  'health.startup_seconds': 'number',
  auto_rollback: 'boolean',
} as const satisfies Record<string, 'text' | 'number' | 'list' | 'boolean'>;

export type Field = keyof typeof kinds;
export type Group = 'environment' | 'secrets';

/** A variable or secret that isn't there yet. */
export interface Added {
  readonly key: number;
  readonly group: Group;
  readonly name: string;
  readonly value: string;
}

/** What somebody wants to be different; what isn't in it stays as it is. */
export interface Edits {
  /** As typed; empty to leave it to the code and the server. */
  readonly fields: Readonly<Partial<Record<Field, string>>>;
  /** Of variables that are there: another value, or null to remove what was set. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly secrets: Readonly<Record<string, string | null>>;
  readonly added: readonly Added[];
  /** All secrets go, as nobody can read them any more. */
  readonly clearsSecrets: boolean;
}

export const noEdits: Edits = { fields: {}, environment: {}, secrets: {}, added: [], clearsSecrets: false };

/** Sentences by the path of what they are about. */
export type Sentences = Readonly<Record<string, readonly string[]>>;

const isField = (path: string): path is Field => Object.hasOwn(kinds, path);

/** Who says what a setting is. */
export type Origin = ConfigSource | 'server';

export const originOf = (config: AgentConfig, path: string): Origin => config.sources[path] ?? 'server';

/** What the setting is, as it is typed; empty when neither the API nor the code says. */
export function textOf(config: AgentConfig, field: Field): string {
  const value = field.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown> | null)?.[name], config);
  return value == null ? '' : Array.isArray(value) ? writeList(value as string[]) : String(value);
}

/** What was set through the API alone: what there is to change. Everything else shows behind it. */
export const ownTextOf = (config: AgentConfig, field: Field): string => (originOf(config, field) === 'api' ? textOf(config, field) : '');

/** A line each; as JSON when one of them isn't a line of its own, or there are none. */
function writeList(list: readonly string[]): string {
  const isPlain = list.length > 0 && list.every((each) => each !== '' && each === each.trim() && !each.includes('\n')) && !list[0]!.startsWith('[');
  return isPlain ? list.join('\n') : JSON.stringify(list);
}

/** Null: it is meant as JSON and isn't a list of texts. */
function readList(text: string): string[] | null {
  if (!text.startsWith('[')) return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : null;
  } catch {
    return null;
  }
}

function valueOf(field: Field, text: string): unknown {
  const typed = text.trim();
  if (typed === '') return null;
  switch (kinds[field]) {
    case 'number':
      return Number(typed);
    case 'list':
      return readList(typed);
    case 'boolean':
      return typed === 'true';
    default:
      return typed;
  }
}

/** The edits without those that come to what is there anyway. */
export function withField(edits: Edits, config: AgentConfig, field: Field, text: string): Edits {
  const { [field]: _, ...rest } = edits.fields;
  return { ...edits, fields: text === ownTextOf(config, field) ? rest : { ...rest, [field]: text } };
}

/** @param value Undefined takes the edit back; null removes what was set. */
export function withVariable(edits: Edits, config: AgentConfig, group: Group, name: string, value: string | null | undefined): Edits {
  const { [name]: _, ...rest } = edits[group];
  const isSame = value === undefined || (group === 'environment' && Object.hasOwn(config.environment, name) && value === config.environment[name]);
  return { ...edits, [group]: isSame ? rest : { ...rest, [name]: value } };
}

export function withAdded(edits: Edits, key: number, change: Partial<Added> | null): Edits {
  return { ...edits, added: edits.added.flatMap((each) => (each.key !== key ? [each] : change ? [{ ...each, ...change }] : [])) };
}

const isBlank = ({ name, value }: Added): boolean => name.trim() === '' && value === '';

/** The paths of everything that would change. */
export function changedPaths(edits: Edits): string[] {
  return [
    ...Object.keys(edits.fields),
    ...Object.keys(edits.environment).map((name) => `environment.${name}`),
    ...(edits.clearsSecrets ? ['secrets'] : Object.keys(edits.secrets).map((name) => `secrets.${name}`)),
    ...edits.added.filter((each) => !isBlank(each)).map(({ group, name }) => `${group}.${name.trim()}`),
  ];
}

export const isEmpty = (edits: Edits): boolean => changedPaths(edits).length === 0;

/** What can be seen to be wrong without asking the server, which says all else. */
export function problemsOf(edits: Edits, config: AgentConfig): Sentences {
  const found: Record<string, string[]> = {};
  for (const [field, text = ''] of Object.entries(edits.fields) as [Field, string | undefined][]) {
    if (kinds[field] === 'number' && !/^\s*\d*\s*$/.test(text)) found[field] = ['This has to be a whole number.'];
    if (kinds[field] === 'list' && valueOf(field, text) === null && text.trim() !== '')
      found[field] = ['What begins with [ has to be a list of texts in JSON, such as ["-c", "first\\nsecond"].'];
  }
  const names = new Set([...Object.keys(config.environment).map((name) => `environment.${name}`), ...(config.secrets ?? []).map(({ name }) => `secrets.${name}`)]);
  for (const added of edits.added) {
    const path = `${added.group}.${added.name.trim()}`;
    if (isBlank(added)) continue;
    if (added.name.trim() === '') found[keyOf(added)] = ['It needs a name.'];
    else if (names.has(path)) found[keyOf(added)] = ['There is one of this name already: change that one.'];
    names.add(path);
  }
  return found;
}

/** Where what is said of a new one stands, whose name may be missing or somebody else's. */
export const keyOf = ({ key }: Added): string => `added:${key}`;

/** The JSON merge patch that makes the edits true. */
export function patchOf(edits: Edits, note = ''): AgentConfigPatch {
  const patch: Record<string, unknown> = {};
  for (const [field, text = ''] of Object.entries(edits.fields) as [Field, string | undefined][]) {
    const names = field.split('.');
    const last = names.pop()!;
    const parent = names.reduce<Record<string, unknown>>((part, name) => (part[name] ??= {}) as Record<string, unknown>, patch);
    parent[last] = valueOf(field, text);
  }
  for (const group of ['environment', 'secrets'] as const) {
    const added = edits.added.filter((each) => each.group === group && !isBlank(each)).map(({ name, value }) => [name.trim(), value]);
    const values: Record<string, string | null> = { ...edits[group], ...Object.fromEntries(added) };
    if (group === 'secrets' && edits.clearsSecrets) patch[group] = null;
    else if (Object.keys(values).length > 0) patch[group] = values;
  }
  if (note.trim() !== '') patch['note'] = note.trim();
  return patch as AgentConfigPatch;
}

/** The path of the control that a sentence of the server's belongs to: an item of a list belongs to the list, a new variable to its row. */
export function placeOf(path: string, edits: Edits): string {
  const list = /^(args|command)\[\d+]$/.exec(path)?.[1];
  const added = edits.added.find(({ group, name }) => `${group}.${name.trim()}` === path);
  return list ?? (added ? keyOf(added) : path);
}

/** The server's sentences where they are shown; those that have no place stay under their own path. */
export function placed(errors: Sentences, edits: Edits): Sentences {
  const places: Record<string, string[]> = {};
  for (const [path, sentences] of Object.entries(errors)) {
    const place = placeOf(path, edits);
    const line = /\[(\d+)]$/.exec(path)?.[1];
    (places[place] ??= []).push(...sentences.map((sentence) => (line ? `Number ${Number(line) + 1}: ${sentence}` : sentence)));
  }
  return places;
}

/** Whether a sentence about it stands beside a control. */
export function hasPlace(place: string, config: AgentConfig, edits: Edits): boolean {
  if (isField(place) || place === 'note' || edits.added.some((each) => keyOf(each) === place)) return true;
  const [group, ...rest] = place.split('.');
  const name = rest.join('.');
  return (group === 'environment' && Object.hasOwn(config.environment, name)) || (group === 'secrets' && config.secrets?.some((secret) => secret.name === name) === true);
}

/** Whether two answers say the same. The server's tag also changes with what isn't configuration, such as the agent's name. */
export const areSame = (left: AgentConfig, right: AgentConfig): boolean => write(left) === write(right);

const write = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );

/** The same edits on what somebody else has made of the configuration meanwhile, and a sentence wherever both changed the same. */
export function rebase(edits: Edits, from: AgentConfig, onto: AgentConfig): { edits: Edits; conflicts: Sentences } {
  const conflicts: Record<string, string[]> = {};
  let next: Edits = { ...noEdits, added: edits.added, clearsSecrets: edits.clearsSecrets && onto.secrets === null };

  for (const [field, text = ''] of Object.entries(edits.fields) as [Field, string | undefined][]) {
    next = withField(next, onto, field, text);
    if (Object.hasOwn(next.fields, field) && ownTextOf(from, field) !== ownTextOf(onto, field)) {
      const theirs = ownTextOf(onto, field);
      conflicts[field] = [theirs === '' ? 'Somebody else took this out meanwhile.' : `Somebody else set this to “${theirs}” meanwhile.`];
    }
  }

  let key = Math.max(0, ...edits.added.map((each) => each.key));
  const add = (group: Group, name: string, value: string): void => {
    next = { ...next, added: [...next.added, { key: ++key, group, name, value }] };
    conflicts[`added:${key}`] = ['Somebody else removed this meanwhile. Yours adds it again.'];
  };

  for (const [name, value] of Object.entries(edits.environment)) {
    const theirs = Object.hasOwn(onto.environment, name) ? onto.environment[name] : undefined;
    if (theirs === undefined) {
      if (value !== null) add('environment', name, value);
      continue;
    }
    next = withVariable(next, onto, 'environment', name, value);
    if (Object.hasOwn(next.environment, name) && theirs !== from.environment[name]) conflicts[`environment.${name}`] = [`Somebody else set this to “${theirs}” meanwhile.`];
  }
  const isSecret = (config: AgentConfig, name: string): boolean => config.secrets?.some((secret) => secret.name === name) ?? false;
  for (const [name, value] of Object.entries(edits.secrets)) {
    if (isSecret(onto, name)) next = withVariable(next, onto, 'secrets', name, value);
    else if (value !== null) add('secrets', name, value);
  }

  for (const added of edits.added) {
    const name = added.name.trim();
    const isThere = added.group === 'environment' ? Object.hasOwn(onto.environment, name) : isSecret(onto, name);
    if (!isThere || isBlank(added)) continue;
    next = withVariable(withAdded(next, added.key, null), onto, added.group, name, added.value);
    if (Object.hasOwn(next[added.group], name))
      conflicts[`${added.group}.${name}`] = [added.group === 'environment' ? `Somebody else set this to “${onto.environment[name]}” meanwhile.` : 'Somebody else set this too meanwhile.'];
  }
  return { edits: next, conflicts };
}
