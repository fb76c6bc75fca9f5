import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '@/lib/audit';
import { Account, Zips } from './api';
import { openBrowser, type Person } from './browser';
import { eventually } from './eventually';
import { go, inspect } from './inspect';
import { Server } from './server';

let server: Server;
let person: Person;
let address: Record<string, string> = {};

beforeAll(async () => {
  server = await Server.start();
  person = await openBrowser(server.url);
  const account = await Account.make(server.url, 'Ada Lovelace');
  address = await furnish(account);
  await person.page.goto('/app/login');
  await person.page.getByLabel('Password').waitFor();
  address['e-mail'] = account.email;
});
afterAll(async () => {
  await person[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** One of everything, with words of the length that people write. Answers the addresses of the pages that show it. */
async function furnish(account: Account): Promise<Record<string, string>> {
  await using zips = await Zips.make();
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'customer support', description: 'Answers tickets, and passes on what it can’t.' });
  await account.call('POST', '/api/stacks', { name: 'a stack with a rather long name that says exactly what everything in it is for' });
  const echo = await account.upload(stack.id, 'echo', zips.of('echo.zip'));
  const broken = await account.upload(stack.id, 'ticket-triage', zips.of('broken.zip'));
  await account.report({ agent_id: 'ci/nightly', agent_name: 'Nightly build', agent_source: 'pipeline', session_topic: 'build #4812', status: 'success', message: '412 tests passed.' });
  await account.report({ agent_id: 'scraper', session_topic: 'prices', status: 'failed', message: 'Refused with 403 after 14 pages: nobody was there to solve the robot check.' });
  await account.report({ agent_id: 'invoices', agent_name: 'Invoice bot', session_topic: 'march', status: 'running', message: 'Reading 214 documents' });
  await account.report({ agent_id: 'invoices', session_topic: 'march', status: 'waiting_for_input', message: 'Which of the two totals is right?', content: 'line 14: 1,204.00\nline 31: 1,240.00' });
  await account.call('POST', '/api/notifications/endpoints', { url: 'https://example.com/hook', description: 'On-call bridge', event_types: ['session.*'], statuses: ['failed'] });
  await account.call('POST', '/api/notifications/endpoints', { url: 'https://hooks.example.com/services/T000', format: 'slack' });
  await account.call('POST', '/api/apikeys', { name: 'laptop', expires_in: 90, scopes: ['report', 'read'] });
  const statusOf = async (id: string): Promise<string> => (await account.call<{ status: string }>('GET', `/api/agents/${id}`)).status;
  await eventually(async () => (await statusOf(echo.id)) === 'running' && (await statusOf(broken.id)) === 'failed', 'the agents to run and to fail');
  const { agents } = await account.call<{ agents: { id: string; agent_id: string }[] }>('GET', '/api/agents');
  const invoices = agents.find((agent) => agent.agent_id === 'invoices')!.id;
  const { sessions } = await account.call<{ sessions: { id: string }[] }>('GET', `/api/agents/${invoices}/sessions`);
  return {
    overview: '/app/',
    stacks: '/app/stacks',
    'stacks-table': '/app/stacks?view=table',
    'stacks-none-fits': '/app/stacks?search=nothing',
    stack: `/app/stacks/${stack.id}`,
    'stack-events': `/app/stacks/${stack.id}/events`,
    'stack-settings': `/app/stacks/${stack.id}/settings`,
    'new-agent': `/app/stacks/${stack.id}/new-agent`,
    agents: '/app/agents',
    'agent-running': `/app/agents/${echo.id}`,
    'agent-failed': `/app/agents/${broken.id}`,
    'agent-reported': `/app/agents/${invoices}`,
    'agent-sessions': `/app/agents/${invoices}/sessions`,
    'agent-session': `/app/agents/${invoices}/sessions/${sessions[0]!.id}`,
    'agent-logs': `/app/agents/${broken.id}/logs`,
    'agent-events': `/app/agents/${invoices}/events`,
    'agent-settings': `/app/agents/${echo.id}/settings`,
    sessions: '/app/sessions',
    notifications: '/app/notifications',
    deliveries: '/app/notifications/deliveries',
    'api-keys': '/app/api-keys',
    audit: '/app/audit',
    'audit-none-fits': '/app/audit?type=session&from=2020-01-01&to=2020-01-02',
    profile: '/app/profile',
    missing: '/app/nothing/here',
  };
}

describe('every page is for everyone', () => {
  test.each(['register', 'login'])('%s', async (name) => {
    await go(person.page, `/app/${name}`);
    await inspect(person.page, name);
  });

  test('those of people who are signed in', async () => {
    const { page } = person;
    await page.getByLabel('E-mail').fill(address['e-mail']!);
    await page.getByLabel('Password').fill('Correct-Horse-1');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  test.each([
    'overview', 'stacks', 'stacks-table', 'stacks-none-fits', 'stack', 'stack-events', 'stack-settings', 'new-agent', 'agents', 'agent-running', 'agent-failed',
    'agent-reported', 'agent-sessions', 'agent-session', 'agent-logs', 'agent-events', 'agent-settings', 'sessions', 'notifications', 'deliveries', 'api-keys', 'audit',
    'audit-none-fits', 'profile', 'missing',
  ])('%s', async (name) => {
    await go(person.page, address[name]!);
    await inspect(person.page, name);
  });

  test.each([
    ['stacks', 'New stack'],
    ['stack-settings', 'Delete the stack'],
    ['notifications', 'New endpoint'],
    ['api-keys', 'New key'],
  ])('the dialog of %s', async (name, button) => {
    await go(person.page, address[name]!);
    await person.page.getByRole('button', { name: button }).first().click();
    await person.page.getByRole('dialog').waitFor();
    await inspect(person.page, `${name}-dialog`);
  });

  test.each(['notes.zip', 'settings.zip', 'echo.zip'] as const)('a new agent of %s', async (zip) => {
    await using zips = await Zips.make();
    await go(person.page, address['new-agent']!);
    await person.page.getByLabel('Name').fill('second');
    await person.page.getByLabel('Code').setInputFiles(zips.of(zip));
    await person.page.getByText(/^It (can|would) be/).waitFor();
    await inspect(person.page, `new-agent-${zip}`);
  });

  test('an entry of the audit trail', async () => {
    await go(person.page, address['audit']!);
    await person.page.getByRole('button', { name: 'Agent uploaded' }).first().click();
    await person.page.getByRole('dialog').waitFor();
    await inspect(person.page, 'audit-dialog');
  });

  test('the menus of a phone', async () => {
    await go(person.page, address['overview']!);
    await person.page.setViewportSize({ width: 360, height: 900 });
    await person.page.getByRole('button', { name: 'Menu' }).click();
    await person.page.getByRole('dialog').getByRole('link', { name: 'Stacks' }).waitFor();
    await inspect(person.page, 'menu');
  });

  test('nothing was refused by the policy, and nothing was thrown', () => {
    expect(person.complaints).toEqual([]);
  });
});

test('every deed that the server knows has a name in the audit trail', async () => {
  const account = await Account.make(server.url, 'Ada');
  const known = await account.call('GET', '/api/audit?action=nothing').then(
    () => '',
    (error: Error) => error.message,
  );
  const deeds = known.match(/\b(stack|agent|session|api_key|notification_endpoint|account)\.[a-z_]+\b/g) ?? [];
  expect(deeds.length).toBeGreaterThan(25);
  expect(actionsOf(undefined)).toEqual(expect.arrayContaining(deeds));
});

test('the first load is under 200 KB', async () => {
  const { page, context } = person;
  const sizes: Promise<number>[] = [];
  const devTools = await context.newCDPSession(page);
  await devTools.send('Network.clearBrowserCache');
  page.on('requestfinished', (request) => {
    if (/\.(js|css)$/.test(new URL(request.url()).pathname)) sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  });
  await go(person.page, address['overview']!);
  await page.getByRole('list', { name: 'Events, newest first' }).waitFor();
  const transferred = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(transferred).toBeGreaterThan(50_000);
  expect(transferred).toBeLessThan(200_000);
});
