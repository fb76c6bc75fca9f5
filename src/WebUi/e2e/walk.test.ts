import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Account, password, Zips } from './api';
import { openBrowser, type Person } from './browser';
import { Server } from './server';

let server: Server;
let zips: Zips;
let person: Person;

beforeAll(async () => {
  server = await Server.start();
  zips = await Zips.make();
});
afterAll(async () => {
  await zips[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  person = await openBrowser(server.url);
  return async () => {
    await person[Symbol.asyncDispose]();
    expect(person.complaints).toEqual([]);
  };
});

test('from registering to a running agent, and to the end of its stack', async () => {
  const { page } = person;
  await page.goto('/');
  await page.getByRole('link', { name: 'Register' }).click();
  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill(`${crypto.randomUUID()}@example.com`);
  await page.getByLabel('Password').fill('weak');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText(/8 to 128 characters|at least 8/i).last().waitFor();
  expect(await page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Register' }).click();

  await page.getByRole('link', { name: 'Make a stack' }).click();
  await page.getByRole('button', { name: 'New stack' }).first().click();
  await page.getByLabel('Name').fill('first steps');
  await page.getByRole('button', { name: 'Make the stack' }).click();
  await page.getByRole('heading', { level: 1, name: 'first steps' }).waitFor();
  await page.getByRole('link', { name: 'New agent' }).first().click();

  await page.getByLabel('Code').setInputFiles(zips.of('no.zip'));
  await page.getByRole('button', { name: 'Deploy' }).click();
  await page.getByText(/ZIP/).and(page.locator('[role=alert] p, p[id$=error] span')).first().waitFor();

  await page.getByLabel('Code').setInputFiles(zips.of('echo.zip'));
  await page.getByLabel('Name').fill('echo');
  await page.getByRole('button', { name: 'Deploy' }).click();
  const open = page.getByRole('link', { name: 'Open the agent' });
  await open.waitFor({ timeout: 60_000 });
  const answer = await fetch((await open.getAttribute('href')) ?? '', { method: 'POST', body: 'Hello, agent!' });
  expect(await answer.text()).toContain('Hello, agent!');

  await page.getByRole('link', { name: 'Go to the agent' }).click();
  await page.getByText('It runs and answers at').waitFor();
  await page.getByRole('link', { name: 'Sessions' }).last().click();
  await page.getByRole('link', { name: 'echo' }).last().click();
  await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  await page.getByText('POST /').first().waitFor();

  await page.getByRole('link', { name: 'first steps' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete the stack' }).click();
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete the stack' });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel(/to confirm/).fill('first steps');
  await confirm.click();
  await page.getByRole('heading', { name: 'No stack yet' }).or(page.getByText('No stack yet')).waitFor({ timeout: 60_000 });
});

test('an agent that doesn’t run says why', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Grace Hopper');
  await account.signIn(page);
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'broken things' });
  await page.goto(`/app/stacks/${stack.id}/new-agent`);
  await page.getByLabel('Code').setInputFiles(zips.of('broken.zip'));
  await page.getByRole('button', { name: 'Deploy' }).click();
  await page.getByText('It doesn’t run').waitFor({ timeout: 60_000 });
  await page.getByText('exit code 3').waitFor();
  await page.getByText('No module named langgraph').waitFor();
  await page.getByRole('link', { name: 'Read the whole log' }).click();
  await page.getByRole('region', { name: 'Lines' }).getByText('No module named langgraph').first().waitFor();
  await page.goto('/app/');
  await page.getByRole('list', { name: 'Broken now' }).getByText('broken').first().waitFor();
});

test('a ZIP is looked at before it is deployed, and large ones are sent once', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Grace Hopper');
  await account.signIn(page);
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'tried out' });
  let uploads = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/agents')) uploads++;
  });
  await page.goto(`/app/stacks/${stack.id}/new-agent`);
  const code = page.getByLabel('Code');
  const findings = page.getByRole('list', { name: 'Findings' });

  await code.setInputFiles(zips.of('notes.zip'));
  await page.getByText('It would be deployed, and fail').waitFor();
  await findings.getByText('.env', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Deploy anyway' }).waitFor();

  await code.setInputFiles(zips.of('settings.zip'));
  const refusal = page.getByRole('alert').filter({ hasText: 'It would be refused' });
  await refusal.getByText('agent.yaml.replicas').waitFor();
  await refusal.getByText('agent.yaml.resources.limits.memory').waitFor();

  await code.setInputFiles(zips.of('echo.zip'));
  await page.getByText('It can be deployed', { exact: true }).waitFor();
  await page.getByText(/Starts .*main\.py/).waitFor();
  expect(uploads).toBe(3);

  // Its name is looked at as well, and a change of it is no reason to send the code again.
  await page.getByLabel('Name').fill('');
  await code.setInputFiles({ name: '.zip', mimeType: 'application/zip', buffer: Buffer.alloc(10_000_001) });
  await page.getByText('It is large, so it is sent once').waitFor();
  expect(uploads).toBe(3);
  await page.getByRole('button', { name: 'Check it first' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
  expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true');
  expect((await account.call<{ items: unknown[] }>('GET', `/api/stacks/${stack.id}/agents`)).items).toEqual([]);
});

test('who did what is there to be read, and can be narrowed down', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Grace Hopper');
  for (const name of ['alpha', 'beta']) await account.call('POST', '/api/stacks', { name });
  for (let index = 0; index < 60; index++) await account.call('POST', '/api/apikeys', { name: `key ${index}` });
  await account.signIn(page);
  await page.getByRole('link', { name: 'Audit' }).first().click();
  const entries = page.getByRole('list', { name: /^Audit trail/ }).getByRole('listitem');
  await entries.first().getByText('Signed in').waitFor();
  expect(await entries.count()).toBe(50);
  await page.getByRole('button', { name: 'Load more' }).click();
  await entries.filter({ hasText: 'Registered' }).waitFor();

  await page.getByLabel('Kind').selectOption('Stack');
  await page.getByLabel('Deed').selectOption('Stack made');
  await entries.filter({ hasText: 'Signed in' }).first().waitFor({ state: 'detached' });
  expect(await entries.count()).toBe(2);
  expect(new URL(page.url()).search).toBe('?type=stack&action=stack.created');

  // What happens now comes by itself.
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'gamma' });
  await entries.first().getByRole('link', { name: 'gamma' }).waitFor();
  await entries.first().getByRole('button', { name: 'Stack made' }).click();
  await page.getByRole('dialog').getByText(stack.id).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'All about this' }).click();
  await entries.filter({ hasText: 'beta' }).waitFor({ state: 'detached' });
  expect(await entries.count()).toBe(1);
  await entries.first().getByRole('link', { name: 'gamma' }).click();
  await page.getByRole('heading', { level: 1, name: 'gamma' }).waitFor();
});

test('keys are shown once and work', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Ada');
  await account.signIn(page);
  await page.getByRole('link', { name: 'API keys' }).first().click();
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('laptop');
  await page.getByLabel('Read').check();
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByRole('button', { name: 'Copy secret' }).click();
  const key = await page.evaluate(() => navigator.clipboard.readText());
  expect((await fetch(`${server.url}/api/agents`, { headers: { 'X-API-Key': key } })).status).toBe(200);
  await page.getByRole('button', { name: 'I have copied it' }).click();
  expect(await page.content()).not.toContain(key);
  await page.getByRole('button', { name: 'Revoke laptop' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByText('No key works at the moment').waitFor();
  expect((await fetch(`${server.url}/api/agents`, { headers: { 'X-API-Key': key } })).status).toBe(401);
});

test('what agents say is shown as text', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Ada');
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await account.report({ agent_id: evil, agent_name: evil, session_topic: evil, status: 'failed', message: evil, content: evil });
  await account.signIn(page);
  await page.getByRole('list', { name: 'Broken now' }).getByRole('link', { name: evil }).click();
  await page.getByRole('list', { name: 'Latest sessions' }).getByRole('link', { name: evil }).click();
  await page.getByLabel('Content', { exact: true }).getByText(evil).waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
});

test('an agent’s page at the same address gets at nothing of the interface’s', async () => {
  const { page, context } = person;
  const account = await Account.make(server.url, 'Ada');
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'guests' });
  const agent = await account.upload(stack.id, 'nosy', zips.of('nosy.zip'));
  await account.signIn(page);
  await page.goto(`/app/agents/${agent.id}`);
  await page.getByText('It runs and answers at').waitFor({ timeout: 60_000 });
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Open', exact: true }).click();
  const guest = await opened;
  await guest.getByText('all: tried').waitFor();
  expect(await guest.getByRole('listitem').allTextContents()).toEqual([
    'origin: null', 'storage: refused', 'cookies: refused', 'worker: refused', 'sign-in: refused', 'page: refused', 'tabs: refused', 'all: tried',
  ]);
  // The sign-in is as it was, in this tab and after loading it anew.
  await page.reload();
  await page.getByText('It runs and answers at').waitFor();
});

test('the keyboard alone is enough', async () => {
  const { page } = person;
  const account = await Account.make(server.url, 'Ada');
  await account.signIn(page);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { level: 1, name: 'Stacks' }).waitFor();
  await page.keyboard.press('/');
  expect(await page.getByLabel('Search stacks').evaluate((input) => input === document.activeElement)).toBe(true);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Stacks' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
});
