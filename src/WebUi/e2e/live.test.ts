import type { Response } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account } from './api';
import { openBrowser } from './browser';
import { eventually } from './eventually';
import { Server } from './server';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const report = (status: string, message: string) => ({ agent_id: 'laptop', agent_name: 'Laptop', session_topic: 'build', status, message });

test('two browsers see at once what happens, and what one of them does', async () => {
  const account = await Account.make(server.url, 'Ada');
  await account.report(report('running', 'compiling'));
  await using one = await openBrowser(server.url);
  await using other = await openBrowser(server.url);
  await account.signIn(one.page);
  await account.signIn(other.page);
  const waiting = (page: typeof one.page) => page.getByRole('list', { name: 'Waiting for a human' }).getByText('Which branch?');
  await account.report(report('waiting_for_input', 'Which branch?'));
  await Promise.all([waiting(one.page).waitFor(), waiting(other.page).waitFor()]);

  await other.page.goto('/app/agents');
  await other.page.getByRole('link', { name: 'Laptop' }).waitFor();
  await one.page.getByRole('list', { name: 'Waiting for a human' }).getByRole('link', { name: 'Laptop' }).click();
  await one.page.getByRole('navigation', { name: 'Agent' }).getByRole('link', { name: 'Settings' }).click();
  await one.page.getByLabel('Name').fill('Lovelace’s laptop');
  await one.page.getByRole('button', { name: 'Save' }).click();
  await other.page.getByRole('link', { name: 'Lovelace’s laptop' }).waitFor();

  // What happened before a page was loaded is there as well.
  await one.page.goto('/app/');
  await one.page.getByRole('list', { name: 'Events, newest first' }).getByText('Which branch?').waitFor();
  expect([...one.complaints, ...other.complaints]).toEqual([]);
});

test('updates move neither the page nor the focus', async () => {
  const account = await Account.make(server.url, 'Ada');
  for (let index = 0; index < 40; index++) await account.report({ agent_id: `agent-${index}`, session_topic: 't', status: 'running' });
  await using person = await openBrowser(server.url);
  const { page } = person;
  await account.signIn(page);
  await page.goto('/app/agents');
  const link = page.getByRole('link', { name: 'agent-5', exact: true });
  await link.focus();
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
  const place = (): Promise<number> => link.evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();
  await account.report({ agent_id: 'agent-20', session_topic: 't', status: 'failed', message: 'broke just now' });
  await page.getByText('broke just now').waitFor();
  // Scrolling goes by whole pixels, and lines don't.
  expect(Math.abs((await place()) - before)).toBeLessThan(1);
  expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
});

test('the feed stands still while somebody points at it', async () => {
  const account = await Account.make(server.url, 'Ada');
  await account.report(report('running', 'compiling'));
  await using person = await openBrowser(server.url);
  const { page } = person;
  await account.signIn(page);
  const feed = page.getByRole('list', { name: 'Events, newest first' });
  await feed.getByText('compiling').hover();
  await account.report(report('failed', 'out of memory'));
  await page.getByText('1 new event').waitFor();
  expect(await feed.getByText('out of memory').count()).toBe(0);
  await page.getByRole('heading', { level: 1 }).hover();
  await feed.getByText('out of memory').waitFor();
});

test('tabs share one stream and one sign-out', async () => {
  const account = await Account.make(server.url, 'Ada');
  await using person = await openBrowser(server.url);
  await account.signIn(person.page);
  const tab = await person.context.newPage();
  await tab.goto('/app/agents');
  await tab.getByText('No agent yet').waitFor();
  await account.report(report('running', 'compiling'));
  await tab.getByRole('link', { name: 'Laptop' }).waitFor();

  // The tab that reads the stream goes; the other one takes over.
  await person.page.close();
  await account.report(report('failed', 'out of memory'));
  await tab.getByText('out of memory').waitFor();

  const third = await person.context.newPage();
  await third.goto('/app/profile');
  await third.getByRole('button', { name: /Ada/ }).click();
  await third.getByRole('menuitem', { name: 'Sign out' }).click();
  await Promise.all([tab.getByRole('button', { name: 'Sign in' }).waitFor(), third.getByRole('button', { name: 'Sign in' }).waitFor()]);
});

test('a server that goes away and comes back is noticed, and nothing is missed', async () => {
  await using dropped = await Server.start();
  const account = await Account.make(dropped.url, 'Ada');
  await account.report(report('running', 'compiling'));
  await using person = await openBrowser(dropped.url);
  const { page } = person;
  await account.signIn(page);
  await page.getByRole('list', { name: 'Running' }).getByText('compiling').waitFor();
  await dropped.stop();
  await page.getByText('Connection lost').waitFor({ timeout: 30_000 });
  await page.getByRole('list', { name: 'Running' }).getByText('compiling').waitFor();
  await dropped.resume();
  await account.report(report('failed', 'out of memory'));
  await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByRole('list', { name: 'Broken now' }).getByText('out of memory').waitFor({ timeout: 30_000 });
});

test('a page that is opened while the server is away goes on by itself', async () => {
  await using dropped = await Server.start();
  const account = await Account.make(dropped.url, 'Ada');
  await using person = await openBrowser(dropped.url);
  await account.signIn(person.page);
  let away = true;
  await person.context.route('**/api/**', (route) => (away ? route.abort() : route.continue()));
  await person.page.goto('/app/stacks');
  await person.page.getByRole('heading', { name: 'StackAgent can’t be reached' }).waitFor();
  away = false;
  await person.page.getByText('No stack yet').waitFor();
});

test('access tokens are renewed in silence, also when two tabs find theirs ended', async () => {
  // A minute is the shortest life there is, and a renewal comes at half of it.
  await using brief = await Server.start({ ACCESS_TOKEN_EXPIRE_MINUTES: '1' });
  const account = await Account.make(brief.url, 'Ada');
  await using person = await openBrowser(brief.url);
  await account.signIn(person.page);
  const tab = await person.context.newPage();
  await tab.goto('/app/stacks');
  await tab.getByText('No stack yet').waitFor();
  const renewed: string[] = [];
  const remember = async (response: Response): Promise<void> => {
    if (!response.url().includes('/api/auth/refresh') || !response.ok()) return;
    // A page that moves on takes the bodies of its answers with it.
    const body = (await response.json().catch(() => undefined)) as { access_token: string } | undefined;
    if (body) renewed.push(`Bearer ${body.access_token}`);
  };
  person.context.on('response', remember);
  const tokenOf = async (page: typeof tab): Promise<string | undefined> => {
    const request = page.waitForRequest(/\/api\/notifications/);
    await page.getByRole('link', { name: 'Notifications' }).first().click();
    return (await request).headers()['authorization'];
  };
  await eventually(async () => renewed.length > 0, 'a renewal');
  const tokens = [await tokenOf(person.page), await tokenOf(tab)];
  expect(new Set(tokens).size).toBe(1);
  expect(renewed).toContain(tokens[0]);

  // A token that the server doesn't take, as after a change of its key, is replaced without anybody noticing.
  await tab.route('**/api/stacks?*', (route) => route.fulfill({ status: 401, json: { detail: 'No.' } }), { times: 1 });
  await tab.getByRole('link', { name: 'Stacks' }).first().click();
  await tab.getByText('No stack yet').waitFor();
  await tab.reload();
  await tab.getByText('No stack yet').waitFor();
});

test('an expired sign-in returns to the page that was open', async () => {
  const account = await Account.make(server.url, 'Ada');
  await using person = await openBrowser(server.url);
  const { page } = person;
  await account.signIn(page);
  await account.call('POST', '/api/stacks', { name: 'mine' });
  await page.goto('/app/stacks?search=mi&view=table');
  await page.getByRole('rowheader', { name: 'mine' }).waitFor();
  // Ended elsewhere: the cookie is still there, but it is good for nothing.
  await account.call('POST', '/api/auth/logout?all=true', {});
  await page.reload();
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill('Correct-Horse-1');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('rowheader', { name: 'mine' }).waitFor();
  expect(new URL(page.url()).search).toBe('?search=mi&view=table');
});
