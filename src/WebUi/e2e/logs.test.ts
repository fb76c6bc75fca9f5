import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account } from './api';
import { openBrowser, type Person } from './browser';
import { eventually } from './eventually';
import { Server } from './server';

/** Writes what it is asked to write, and dies when it is told to. */
const talker = `
import http.server, os, sys, urllib.parse

class Talker(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if "die" in query:
            print("the last words", file=sys.stderr, flush=True)
            os._exit(7)
        if "say" in query:
            for number in range(int(query.get("times", "1"))):
                print(query["say"].replace("#", str(number)))
            sys.stdout.flush()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"said")

    do_POST = do_GET

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Talker).serve_forever()
`;

let server: Server;
let account: Account;
let person: Person;
let agent: { id: string; api_url: string };

beforeAll(async () => {
  server = await Server.start();
  account = await Account.make(server.url, 'Ada');
  const folder = await mkdtemp(path.join(tmpdir(), 'talker-'));
  try {
    await writeFile(path.join(folder, 'main.py'), talker);
    await promisify(execFile)('python3', ['-m', 'zipfile', '-c', path.join(folder, 'talker.zip'), path.join(folder, 'main.py')]);
    const stack = await account.call<{ id: string }>('POST', '/api/stacks', { name: 'logs' });
    const { id } = await account.upload(stack.id, 'talker', path.join(folder, 'talker.zip'));
    agent = await eventually(async () => {
      const found = await account.call<{ id: string; api_url: string; status: string }>('GET', `/api/agents/${id}`);
      return found.status === 'running' && found;
    }, 'the agent to run');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  person = await openBrowser(server.url);
  await account.signIn(person.page);
});
afterAll(async () => {
  expect(person.complaints).toEqual([]);
  await person[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function say(text: string, times = 1): Promise<void> {
  const answer = await fetch(`${agent.api_url}?${new URLSearchParams({ say: text, times: String(times) })}`);
  expect(await answer.text()).toBe('said');
}

test('what an agent writes appears at once, stays where it is read, and can be searched', async () => {
  const { page } = person;
  await page.goto(`/app/agents/${agent.id}`);
  await page.getByRole('navigation', { name: 'Agent' }).getByRole('link', { name: 'Logs' }).click();
  const lines = page.getByRole('region', { name: 'Lines' });
  await say('\u001b[31m<b>red</b>\u001b[0m');
  await lines.getByText('<b>red</b>', { exact: true }).waitFor();
  expect(await lines.locator('b').count()).toBe(0);

  await say('line # of many', 3_000);
  await lines.getByText('line 2999 of many').waitFor();
  const isAtEnd = (): Promise<boolean> => lines.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 30);
  expect(await isAtEnd()).toBe(true);

  // A reader who has gone back isn't carried off by what comes.
  await lines.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  await page.getByRole('button', { name: 'To the newest' }).waitFor();
  await say('and one more');
  await page.getByRole('button', { name: '1 new line' }).click();
  await lines.getByText('and one more').waitFor();
  await expect.poll(isAtEnd).toBe(true);

  await page.getByLabel('Search the log').fill('LINE 2999');
  await expect.poll(() => lines.getByRole('listitem').count(), { timeout: 15_000 }).toBe(1);
  expect(await lines.locator('mark').innerText()).toBe('line 2999');
  await say('another line 2999');
  await lines.getByText('another').waitFor();
  await page.reload();
  await expect.poll(() => lines.getByRole('listitem').count(), { timeout: 15_000 }).toBe(2);
});

test('what a crashed process wrote is read, and the log goes on with the next one', async () => {
  const { page } = person;
  await page.goto(`/app/agents/${agent.id}/logs`);
  const lines = page.getByRole('region', { name: 'Lines' });
  await lines.getByRole('listitem').first().waitFor();
  // By POST: what is safe to repeat the server repeats, and one death is enough.
  await fetch(`${agent.api_url}?die=now`, { method: 'POST' }).catch(() => null);
  await lines.getByText('the last words').waitFor();
  await eventually(async () => (await fetch(agent.api_url).catch(() => null))?.ok === true, 'the agent to run again');
  await say('back again');
  await lines.getByText('back again').waitFor();

  await page.getByLabel('Which processes').selectOption('previous');
  await page.getByText('Complete').waitFor();
  await lines.getByText('the last words').waitFor();
  expect(await lines.getByText('back again').count()).toBe(0);
});

test('a log goes on when the server comes back, with each line once', async () => {
  const { page } = person;
  await page.goto(`/app/agents/${agent.id}/logs`);
  const lines = page.getByRole('region', { name: 'Lines' });
  await say('before the server went');
  await lines.getByText('before the server went').waitFor();
  await server.stop();
  await page.getByRole('status').filter({ hasText: 'Connection lost, trying again' }).waitFor({ timeout: 30_000 });
  await server.resume();
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor({ timeout: 30_000 });
  await eventually(async () => (await fetch(agent.api_url).catch(() => null))?.ok === true, 'the agent to answer again');
  await say('after it came back');
  await lines.getByText('after it came back').waitFor();
  expect(await lines.getByText('before the server went').count()).toBe(1);
});
