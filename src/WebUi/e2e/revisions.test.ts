import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Account, Zips } from './api';
import { openBrowser, type Person } from './browser';
import { eventually } from './eventually';
import { go, inspect } from './inspect';
import { Server } from './server';

interface Agent {
  id: string;
  status: string;
  revision: number;
  api_url: string;
}

let server: Server;
let zips: Zips;
let account: Account;
let person: Person;
let agent: { id: string };

beforeAll(async () => {
  server = await Server.start();
  zips = await Zips.make();
});
afterAll(async () => {
  await zips[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  account = await Account.make(server.url, 'Ada Lovelace');
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'customer support' });
  agent = await account.upload(stack.id, 'echo', zips.of('echo.zip'));
  await eventually(async () => (await look()).status === 'running', 'the agent to run');
  person = await openBrowser(server.url);
  await account.signIn(person.page);
  await go(person.page, `/app/agents/${agent.id}/revisions`);
  return async () => {
    await person[Symbol.asyncDispose]();
    await account.call('DELETE', `/api/stacks/${stack.id}`);
    expect(person.complaints).toEqual([]);
  };
});

const look = (): Promise<Agent> => account.call('GET', `/api/agents/${agent.id}`);
const ask = async (): Promise<string> => (await fetch((await look()).api_url, { method: 'POST', body: 'Hello!' })).text();
const item = (number: number) =>
  person.page.getByRole('list', { name: 'Revisions, newest first' }).locator('> li').filter({ has: person.page.getByRole('heading', { name: `Revision ${number}`, exact: true }) });
const reaches = (number: number, state: string): Promise<void> => item(number).getByText(state, { exact: true }).waitFor({ timeout: 60_000 });

async function uploadCode(zip: 'other.zip' | 'broken.zip', note: string): Promise<void> {
  const { page } = person;
  await page.getByRole('button', { name: 'Upload new code' }).click();
  const dialog = page.getByRole('dialog', { name: 'Upload new code' });
  await dialog.getByLabel('Code').setInputFiles(zips.of(zip));
  await dialog.getByText(/It can be deployed|It would be deployed/).waitFor();
  await dialog.getByLabel('Note').fill(note);
  await dialog.getByRole('button', { name: /^Deploy/ }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('new code is checked, deployed and answers, and can be had back', async () => {
  const { page } = person;
  await reaches(1, 'Active');
  await page.getByRole('button', { name: 'Upload new code' }).click();
  const dialog = page.getByRole('dialog', { name: 'Upload new code' });
  await dialog.getByRole('button', { name: 'Deploy' }).click();
  await dialog.getByText('Choose the ZIP').waitFor();
  await dialog.getByLabel('Code').setInputFiles(zips.of('no.zip'));
  await dialog.getByText('It would be refused').waitFor();
  await dialog.getByRole('button', { name: 'Deploy' }).click();
  await dialog.locator('p[id$=error]').getByText(/ZIP/).waitFor();
  expect(await dialog.getByLabel('Code').getAttribute('aria-invalid')).toBe('true');
  await dialog.getByLabel('Code').setInputFiles(zips.of('other.zip'));
  await dialog.getByText(/differ compared to revision 1/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await uploadCode('other.zip', 'Greets people');
  await page.getByRole('heading', { name: 'Rollout of revision 2' }).waitFor();
  await reaches(2, 'Active');
  await reaches(1, 'Superseded');
  await item(2).getByText('Greets people').waitFor();
  expect(await ask()).toContain('greetings from the other code');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the code of revision 1' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('echo-r1.zip');
  expect(sha256(await readFile(await file.path()))).toBe(sha256(await readFile(zips.of('echo.zip'))));
  await page.getByRole('button', { name: 'Copy the digest of revision 1’s code' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(sha256(await readFile(zips.of('echo.zip'))));

  await page.getByRole('button', { name: 'Compare revision 2' }).click();
  const comparison = page.getByRole('dialog', { name: 'What differs' });
  await comparison.getByRole('list', { name: /^Changed/ }).getByText('main.py').waitFor();
  await comparison.getByLabel('From').selectOption('2');
  await comparison.getByText('Choose two different revisions').waitFor();
});

test('code that doesn’t run is rolled back by itself, and says why', async () => {
  const { page } = person;
  await uploadCode('broken.zip', 'Uses langgraph');
  await reaches(2, 'Failed');
  await item(2).getByText('exit code 3').waitFor();
  await page.getByText('Revision 1 serves again').first().waitFor();
  await reaches(1, 'Active');
  expect(await ask()).toContain('Hello!');
  await inspect(page, 'agent-revisions-failed');
  await page.getByRole('button', { name: 'Put the rollout away' }).click();
  await page.getByRole('heading', { name: 'Rollout of revision 2' }).waitFor({ state: 'detached' });
  await item(2).getByText('No module named langgraph').waitFor();
});

test('an agent is rolled back by hand, with what that changes in sight', async () => {
  const { page } = person;
  await account.call('PATCH', `/api/agents/${agent.id}/config?wait=1m`, {
    environment: { LOG_LEVEL: 'debug', GREETING: 'Good morning' }, secrets: { TOKEN: 'hidden-value' }, health: { startup_seconds: 60 }, note: 'Talks more',
  });
  await reaches(2, 'Active');
  await uploadCode('other.zip', 'Greets people, by the name that they go by in the tickets that they wrote');
  await reaches(3, 'Active');
  await page.getByRole('button', { name: 'Put the rollout away' }).click();
  await inspect(page, 'agent-revisions');

  await page.getByRole('button', { name: 'Upload new code' }).click();
  await page.getByRole('dialog').getByLabel('Code').setInputFiles(zips.of('broken.zip'));
  await page.getByText(/compared to revision 3/).click();
  await inspect(page, 'agent-revisions-upload');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Compare revision 2' }).click();
  await page.getByText('environment.LOG_LEVEL').waitFor();
  await inspect(page, 'agent-revisions-compare');
  expect(await page.content()).not.toContain('hidden-value');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Roll back to revision 1' }).click();
  const dialog = page.getByRole('dialog', { name: 'Roll back to revision 1?' });
  await dialog.getByText('What would change from revision 3').waitFor();
  await dialog.getByText('environment.LOG_LEVEL').waitFor();
  await dialog.getByText('main.py').waitFor();
  await inspect(page, 'agent-revisions-rollback');
  await dialog.getByLabel('Note').fill('x'.repeat(1001));
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await dialog.locator('p[id$=error]').waitFor();
  await dialog.getByLabel('Note').fill('The tickets had other names');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await dialog.waitFor({ state: 'detached' });
  await reaches(4, 'Active');
  await item(4).getByText('Back to revision 1').waitFor();
  await item(4).getByText('code of revision 1').waitFor();
  expect(await ask()).not.toContain('greetings from the other code');
  expect((await look()).revision).toBe(4);
});

test('another browser sees a revision come and take over', async () => {
  await account.call('PATCH', `/api/agents/${agent.id}/config`, { environment: { LOG_LEVEL: 'debug' } });
  await person.page.getByRole('heading', { name: 'Rollout of revision 2' }).waitFor();
  await reaches(2, 'Active');
  await reaches(1, 'Superseded');
});

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
