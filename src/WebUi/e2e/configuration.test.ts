import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Account } from './api';
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

interface Answer {
  level: string | null;
  key: string | null;
  revision: string;
}

const secret = 'Vy7-not-to-be-seen';

/** Answers with what it was configured with. */
const program = `import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        held = {name: os.environ.get(variable) for name, variable in (("level", "LOG_LEVEL"), ("key", "API_KEY"), ("revision", "STACKAGENT_REVISION"))}
        body = json.dumps(held).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

const description = `environment:
  LOG_LEVEL: info
  REGION: eu-central
health:
  path: /health
  startup_seconds: 60
`;

let server: Server;
let folder: string;
let account: Account;
let person: Person;
let agent: { id: string };

beforeAll(async () => {
  server = await Server.start();
  folder = await mkdtemp(path.join(tmpdir(), 'configured-'));
  await writeFile(path.join(folder, 'main.py'), program);
  await writeFile(path.join(folder, 'agent.yaml'), description);
  await promisify(execFile)('python3', ['-m', 'zipfile', '-c', 'agent.zip', 'main.py', 'agent.yaml'], { cwd: folder });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  account = await Account.make(server.url, 'Ada Lovelace');
  const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'customer support' });
  agent = await account.upload(stack.id, 'ticket-triage', path.join(folder, 'agent.zip'));
  await eventually(async () => (await look()).status === 'running', 'the agent to run');
  person = await openBrowser(server.url);
  await account.signIn(person.page);
  await go(person.page, `/app/agents/${agent.id}/configuration`);
  return async () => {
    await person[Symbol.asyncDispose]();
    await account.call('DELETE', `/api/stacks/${stack.id}`);
    expect(person.complaints).toEqual([]);
  };
});

const look = (): Promise<Agent> => account.call('GET', `/api/agents/${agent.id}`);
const ask = async (): Promise<Answer> => (await (await fetch((await look()).api_url)).json()) as Answer;
const patch = (config: object): Promise<unknown> => account.call('PATCH', `/api/agents/${agent.id}/config`, config);
const save = (): Promise<void> => person.page.getByRole('button', { name: 'Save' }).click();

async function addVariable(kind: 'variable' | 'secret', name: string, value: string): Promise<void> {
  const { page } = person;
  await page.getByRole('button', { name: `Add a ${kind}` }).click();
  // The focus is where the name goes.
  await page.keyboard.type(name);
  await page.getByLabel(`Value of ${name}`, { exact: true }).fill(value);
}

test('a variable and a secret are served with, and the secret is shown nowhere', async () => {
  const { page } = person;
  expect(await ask()).toEqual({ level: 'info', key: null, revision: '1' });
  await page.getByLabel('Value of LOG_LEVEL').fill('debug');
  await addVariable('secret', 'API_KEY', secret);
  await page.getByLabel('Note').fill('More to read');
  await save();
  await page.getByRole('heading', { name: 'Revision 2' }).waitFor();
  await page.getByRole('link', { name: 'Open the agent' }).waitFor({ timeout: 60_000 });
  expect(await ask()).toEqual({ level: 'debug', key: secret, revision: '2' });

  const isShown = (): Promise<boolean> =>
    page.evaluate((value) => document.documentElement.outerHTML.includes(value) || [...document.querySelectorAll('input, textarea')].some((control) => (control as HTMLInputElement).value.includes(value)), secret);
  expect(await isShown()).toBe(false);
  await page.reload();
  await page.getByRole('list', { name: 'Secrets' }).getByText('API_KEY', { exact: true }).waitFor();
  expect(await isShown()).toBe(false);
  expect(await page.getByLabel('Value of LOG_LEVEL').inputValue()).toBe('debug');

  // What was set goes, and what the code says counts again.
  await page.getByRole('button', { name: 'Remove LOG_LEVEL' }).click();
  await page.getByRole('button', { name: 'Remove API_KEY' }).click();
  await save();
  await page.getByRole('heading', { name: 'Revision 3' }).waitFor();
  await eventually(async () => (await ask()).revision === '3', 'the third revision to serve');
  expect(await ask()).toEqual({ level: 'info', key: null, revision: '3' });
  await page.getByText('No secret is set.').waitFor();
});

test('what is refused is said beside its field', async () => {
  const { page } = person;
  await page.getByLabel('Replicas').fill('many');
  await save();
  await page.getByText('This has to be a whole number.').waitFor();
  await page.getByLabel('Replicas').fill('0');
  await page.getByLabel('Memory limit').fill('lots');
  await addVariable('variable', '1ST', 'x');
  await save();
  await page.getByText('letters (A-Z, a-z), digits and _').waitFor();
  for (const label of ['Replicas', 'Memory limit', 'Name of the new variable']) expect(await page.getByLabel(label).getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel('Name of the new variable').evaluate((input) => input === document.activeElement)).toBe(true);
  await inspect(page, 'configuration-refused');
  expect((await look()).revision).toBe(1);

  await page.getByRole('link', { name: 'Overview' }).last().click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay here' }).click();
  expect(await page.getByLabel('Replicas').inputValue()).toBe('0');
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('link', { name: 'Overview' }).last().click();
  await page.getByText('It runs and answers at').waitFor();
});

test('somebody else’s change is neither lost nor does it cost one’s own', async () => {
  const { page } = person;
  await page.getByLabel('Value of LOG_LEVEL').fill('debug');
  await page.getByLabel('Ready within, s').fill('90');

  await using other = await openBrowser(server.url);
  await account.signIn(other.page);
  await go(other.page, `/app/agents/${agent.id}/configuration`);
  await other.page.getByLabel('Value of LOG_LEVEL').fill('error');
  await other.page.getByLabel('Value of REGION').fill('eu-west');
  // The first browser gets to know of it no sooner than by its own save.
  const refused = page.waitForResponse((response) => response.request().method() === 'PATCH' && response.status() === 412);
  await page.route('**/config', async (route) => {
    if (route.request().method() === 'GET') await refused;
    await route.continue();
  });
  await other.page.getByRole('button', { name: 'Save' }).click();
  await other.page.getByRole('heading', { name: 'Revision 2' }).waitFor();
  await save();
  await refused;
  await page.getByText('Somebody else has changed the configuration meanwhile.').waitFor();
  await inspect(page, 'configuration-outdated');
  await page.getByRole('button', { name: 'Load theirs, keep mine' }).click();
  await page.getByText('Somebody else set this to “error” meanwhile.').waitFor();
  expect(await page.getByLabel('Value of REGION').inputValue()).toBe('eu-west');
  expect(await page.getByLabel('Value of LOG_LEVEL').inputValue()).toBe('debug');
  await save();
  await page.getByRole('heading', { name: 'Revision 3' }).waitFor();
  await eventually(async () => (await ask()).revision === '3', 'the third revision to serve');
  expect((await ask()).level).toBe('debug');
  const { environment, health } = await account.call<{ environment: object; health: object }>('GET', `/api/agents/${agent.id}/config`);
  expect(environment).toEqual({ LOG_LEVEL: 'debug', REGION: 'eu-west' });
  expect(health).toMatchObject({ path: '/health', startup_seconds: 90 });
  expect(other.complaints).toEqual([]);
});

test('a change of something else is no conflict', async () => {
  const { page } = person;
  await page.getByLabel('Value of LOG_LEVEL').fill('debug');
  await account.call('PUT', `/api/agents/${agent.id}`, { name: 'triage' });
  await page.getByRole('heading', { level: 1, name: 'triage' }).waitFor();
  await save();
  await page.getByRole('heading', { name: 'Revision 2' }).waitFor();
});

test('a change that doesn’t run is taken back, and says why', async () => {
  const { page } = person;
  await page.getByLabel('Command').fill('python3\nmissing.py');
  await save();
  await page.getByText('It didn’t run').waitFor({ timeout: 90_000 });
  await page.getByText('Revision 1 serves again').waitFor();
  expect((await ask()).revision).toBe('1');
  await inspect(page, 'configuration-rolled-back');
});

test('stopped, started and restarted', async () => {
  const { page } = person;
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop the agent' }).click();
  await page.getByText('Stopped', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await eventually(async () => (await look()).status === 'stopped', 'the stop');
  await page.getByRole('link', { name: 'Overview' }).last().click();
  await page.getByText('Nothing of it runs.').waitFor();
  await inspect(page, 'agent-stopped');

  await go(page, `/app/agents/${agent.id}/configuration`);
  await page.getByLabel('Value of LOG_LEVEL').fill('debug');
  await save();
  await page.getByText('The start deploys it.').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('Running', { exact: true }).first().waitFor({ timeout: 60_000 });
  await eventually(async () => (await ask()).level === 'debug', 'what was changed while it was stopped');
  await page.getByRole('button', { name: 'Restart' }).click();
  await page.getByText(/^(Pending|Deploying)$/).first().waitFor();
  await page.getByText('Running', { exact: true }).first().waitFor({ timeout: 60_000 });
});

test('the page is for everyone', async () => {
  const { page } = person;
  await patch({ environment: { LOG_LEVEL: 'debug', FEATURES: 'a,b' }, secrets: { API_KEY: secret, A_RATHER_LONG_NAME_OF_A_SECRET_THAT_SOMEBODY_CHOSE: 'x' }, resources: { limits: { memory: '512Mi' } } });
  await eventually(async () => (await look()).status === 'running', 'the agent to run');
  await go(page, `/app/agents/${agent.id}/configuration`);
  await page.getByRole('list', { name: 'Secrets' }).getByText('API_KEY', { exact: true }).waitFor();
  await inspect(page, 'configuration');
  await page.getByRole('button', { name: 'Remove FEATURES' }).click();
  await page.getByRole('button', { name: 'Set anew: API_KEY' }).click();
  await page.keyboard.type('something new');
  await page.getByLabel('Arguments').fill('--fast');
  await addVariable('variable', 'REGION_NAME', 'first line\nsecond line');
  await inspect(page, 'configuration-edited');
});
