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
  await page.goto('/app/');
  await page.getByRole('list', { name: 'Broken now' }).getByText('broken').first().waitFor();
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
