import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../src/WebUi/e2e/eventually.ts';
import { Server } from '../../../src/WebUi/e2e/server.ts';
import * as sdk from '../src/index.js';
import { zipOf } from '../src/node.js';

/** A network that loses what it is told to. */
const network = {
  answersToLose: 0,
  streams: 0,
  interrupted: false,
  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const response = await fetch(input, init);
    if (network.answersToLose > 0) {
      network.answersToLose--;
      await response.body?.cancel();
      throw new TypeError('fetch failed');
    }
    if (!response.headers.get('Content-Type')?.startsWith('text/event-stream') || response.body === null) return response;

    network.streams++;
    const losing = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        if (!network.interrupted) return controller.enqueue(bytes);
        network.interrupted = false;
        controller.error(new TypeError('terminated'));
      },
    });
    return new Response(response.body.pipeThrough(losing), { status: response.status, headers: response.headers });
  },
};

let server: Server;
let client: sdk.StackAgentClient;
let folder: string;
let stack: string;

beforeAll(async () => {
  server = await Server.start({ STORAGE: 'memory' });
  folder = await mkdtemp(path.join(tmpdir(), 'stackagent-sdk-'));
  const account = { email: 'ada@example.com', password: 'Correct-Horse-1', full_name: 'Ada Lovelace' };
  await new sdk.StackAgentClient({ server: server.url }).api.POST('/api/auth/register', { body: account });
  const person = await sdk.StackAgentClient.logIn({ server: server.url }, account.email, account.password);
  const key = await person.api.POST('/api/apikeys', { body: { name: 'sdk', scopes: ['read', 'write', 'report'] } });
  client = new sdk.StackAgentClient({ server: `${server.url}/`, credential: key.data!.key, fetch: network.fetch as typeof fetch, firstPause: 20 });
  stack = (await client.api.POST('/api/stacks', { body: { name: 'sdk' } })).data!.id;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function pack(name: string, text: string, entry = 'main.py'): Promise<Blob> {
  const file = path.join(folder, `${name}.zip`);
  execFileSync('python3', ['-c', 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z: z.writestr(sys.argv[2], sys.argv[3])', file, entry, text]);
  return zipOf(file);
}

const serving = 'import os, socket\nprint("echo begins", flush=True)\ns = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))\nwhile True: s.accept()[0].close()';

test('from the upload to the deletion', async () => {
  const code = await pack('echo', serving);
  const details = { description: 'Echoes.', config: { environment: { GREETING: 'hello' } } };
  const preview = await client.previewAgent(stack, 'echo', code, details);
  expect(preview.entry_point).not.toBeNull();

  const uploaded = await client.uploadAgent(stack, 'echo', code, details);
  expect(uploaded).toMatchObject({ kind: 'deployed', stack_id: stack, description: 'Echoes.' });
  expect((await client.waitUntilRunning(uploaded.id)).status).toBe('running');
  await expect(client.uploadAgent(stack, 'echo', code)).rejects.toBeInstanceOf(sdk.ConflictError);

  const lines: string[] = [];
  const following = (async () => {
    for await (const line of client.readLog(uploaded.id, { follow: true })) lines.push(line.message);
  })();
  await eventually(() => Promise.resolve(lines.includes('echo begins')), 'the agent’s line');

  const changed = await client.replaceCode(uploaded.id, await pack('louder', `${serving}\n`), { note: 'louder' });
  expect(changed).toMatchObject({ number: 2, note: 'louder' });
  expect((await client.previewCode(uploaded.id, code)).difference).toBeDefined();

  await client.api.DELETE('/api/agents/{agent_id}', { params: { path: { agent_id: uploaded.id } } });
  await following;
});

test('an agent that fails says why to who waits for it', async () => {
  const agent = await client.uploadAgent(stack, 'nothing', await pack('nothing', 'no program', 'notes.txt'));
  const failure: unknown = await client.waitUntilRunning(agent.id).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(sdk.AgentFailedError);
  expect(failure).toMatchObject({ agent: { status: 'failed' }, message: (failure as sdk.AgentFailedError).agent.status_message });
});

test('a stream of events goes on without a gap when its connection is lost', async () => {
  const end = new AbortController();
  const events = client.followEvents({ agentId: 'nightly', types: ['session.*'], signal: end.signal });
  const report = (status: sdk.ReportInput['status']): Promise<void> => client.report({ agent_id: 'nightly', session_topic: 'build', status });
  const next = async (): Promise<string> => {
    const { value } = await events.next();
    return value?.type === 'session.status_changed' ? value.data.status : `${value?.type}`;
  };

  let pending = next();
  await eventually(() => Promise.resolve(network.streams > 0), 'the stream to be open');
  await report('running');
  expect(await pending).toBe('running');

  // The bytes of the next event are the ones that don't arrive.
  pending = next();
  network.interrupted = true;
  await report('waiting_for_input');
  await report('success');
  expect(await pending).toBe('waiting_for_input');
  expect(await next()).toBe('success');
  expect(network.streams).toBe(2);

  pending = next();
  end.abort();
  await expect(pending).rejects.toThrow();
});

test('a report whose answer is lost is stored once', async () => {
  network.answersToLose = 2;
  await client.report({ agent_id: 'a/b', session_topic: 'build', status: 'running', message: 'compiling' });

  const { data } = await client.api.GET('/api/agents/{agent_id}/sessions/{session_topic}', { params: { path: { agent_id: 'a/b', session_topic: 'build' } } });
  expect(data!.status_history.map((status) => status.message)).toEqual(['compiling']);
});

test('of several reports each is told of', async () => {
  const good: sdk.ReportInput = { agent_id: 'nightly', session_topic: 'build', status: 'running' };
  expect(await client.reportAll([good, good])).toEqual([]);
  expect((await client.reportAll([good, { ...good, agent_id: 'x'.repeat(101) }])).map((result) => result.status)).toEqual([200, 422]);
});

test('each refusal of the server is a type', async () => {
  const { api } = client;
  const blank: unknown = await api.POST('/api/stacks', { body: { name: ' ' } }).catch((error: unknown) => error);
  expect(blank).toBeInstanceOf(sdk.ValidationFailedError);
  expect(Object.keys((blank as sdk.ValidationFailedError).errors)).toEqual(['name']);

  const nobody = new sdk.StackAgentClient({ server: server.url, credential: 'sak_nothing' });
  await expect(nobody.api.GET('/api/stacks')).rejects.toBeInstanceOf(sdk.UnauthorizedError);
  await expect(api.GET('/api/apikeys')).rejects.toBeInstanceOf(sdk.ForbiddenError);
  await expect(api.GET('/api/agents/{agent_id}', { params: { path: { agent_id: 'nobody' } } })).rejects.toBeInstanceOf(sdk.NotFoundError);
  const stale = { params: { path: { stack_id: stack }, header: { 'If-Match': '"v99"' } }, body: { name: 'two' } };
  await expect(api.PUT('/api/stacks/{stack_id}', stale)).rejects.toBeInstanceOf(sdk.PreconditionFailedError);

  const once = { params: { header: { 'Idempotency-Key': crypto.randomUUID() } } };
  const first = await api.POST('/api/stacks', { ...once, body: { name: 'one' } });
  expect((await api.POST('/api/stacks', { ...once, body: { name: 'one' } })).data!.id).toBe(first.data!.id);
  await expect(api.POST('/api/stacks', { ...once, body: { name: 'other' } })).rejects.toBeInstanceOf(sdk.IdempotencyMismatchError);
});
