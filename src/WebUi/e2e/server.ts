import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually';

const bin = path.resolve(import.meta.dirname, '../../WebApi/bin');

/** `STACKAGENT_SERVER`, else the newest build that is there. */
function assembly(): string {
  const named = process.env['STACKAGENT_SERVER'];
  const found = [named, ...['Debug', 'Release'].map((configuration) => path.join(bin, configuration, 'net10.0/StackAgent.WebApi.dll'))].find(
    (file) => file !== undefined && existsSync(file),
  );
  if (!found) throw new Error('Build the server first: dotnet build src/WebApi');
  return found;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  listener.close();
  await once(listener, 'close');
  return port;
}

/** The product itself, in a process and a folder of its own. It can be stopped and started again at the same address. */
export class Server implements AsyncDisposable {
  private process: ChildProcess | null = null;
  private output = '';

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await mkdtemp(path.join(tmpdir(), 'stackagent-')), await freePort(), settings);
    await server.resume();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async resume(): Promise<void> {
    this.output = '';
    const child = (this.process = spawn('dotnet', [assembly()], {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        DOTNET_NOLOGO: '1',
        PORT: String(this.port),
        AGENT_RUNTIME: 'local',
        AGENT_PLATFORM_BASE_PATH: path.join(this.folder, 'platform'),
        ...this.settings,
      },
    }));
    child.stdout.on('data', (text: Buffer) => (this.output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (this.output += text.toString()));
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}: ${this.output}`);
      return fetch(`${this.url}/health`).then((answer) => answer.ok, () => false);
    }, 'the server to answer');
  }

  async stop(): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const end = once(child, 'exit');
    child.kill('SIGTERM');
    await end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
