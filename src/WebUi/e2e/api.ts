import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';

export const password = 'Correct-Horse-1';

const samples = path.resolve(import.meta.dirname, '../../../samples');

/** An account, and calls in its name that don't go through the interface: what programs and agents do. */
export class Account {
  private constructor(
    readonly email: string,
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async make(url: string, name: string): Promise<Account> {
    const email = `${crypto.randomUUID()}@example.com`;
    const post = async (address: string, body: object): Promise<{ access_token: string }> => {
      const answer = await fetch(url + address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${address}: ${await answer.text()}`);
      return (await answer.json()) as { access_token: string };
    };
    await post('/api/auth/register', { email, password, full_name: name });
    return new Account(email, url, (await post('/api/auth/login', { email, password })).access_token);
  }

  async call<T>(method: string, address: string, body?: object | FormData): Promise<T> {
    const isForm = body instanceof FormData;
    const answer = await fetch(this.url + address, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(isForm || !body ? {} : { 'Content-Type': 'application/json' }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${address}: ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  report(report: { agent_id: string; session_topic: string; status: string; message?: string; content?: string; agent_name?: string; agent_source?: string }): Promise<unknown> {
    return this.call('POST', '/webhook/status', report);
  }

  async upload(stackId: string, name: string, zip: string): Promise<{ id: string }> {
    const form = new FormData();
    form.append('name', name);
    form.append('file', new Blob([await readFile(zip)]), path.basename(zip));
    return this.call('POST', `/api/stacks/${stackId}/agents`, form);
  }

  async signIn(page: Page): Promise<void> {
    await page.goto('/app/login');
    await page.getByLabel('E-mail').fill(this.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  }
}

/** An agent whose page tries to get at what belongs to the interface, and writes down what came of it. */
const nosyAgent = `
import http.server, os
PAGE = b"""<!doctype html><title>nosy</title><ul></ul><script>
const say = (name, result) => { const line = document.createElement('li'); line.textContent = name + ': ' + result; document.querySelector('ul').append(line); };
const attempt = async (name, action) => { try { say(name, await action()); } catch (error) { say(name, 'refused'); } };
(async () => {
  await attempt('origin', () => self.origin);
  await attempt('storage', () => localStorage.getItem('stackagent.theme'));
  await attempt('cookies', () => document.cookie);
  await attempt('worker', () => navigator.serviceWorker.register('worker.js').then(() => 'registered'));
  await attempt('sign-in', () => fetch('/api/auth/refresh?use_cookies=true', { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then((answer) => answer.text()));
  await attempt('page', () => fetch('/app/', { credentials: 'include' }).then((answer) => answer.text()));
  await attempt('tabs', () => new Promise((resolve, reject) => {
    const channel = new BroadcastChannel('stackagent.session');
    channel.onmessage = () => resolve('heard');
    channel.postMessage({ type: 'signed-out', expired: false });
    setTimeout(reject, 500);
  }));
  say('all', 'tried');
})();
</script>"""
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.end_headers()
        self.wfile.write(b"" if self.path.endswith(".js") else PAGE)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** ZIPs to upload, in a folder that goes with them. */
export class Zips implements AsyncDisposable {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<Zips> {
    const folder = await mkdtemp(path.join(tmpdir(), 'zips-'));
    const zip = (name: string, ...sources: string[]) => promisify(execFile)('python3', ['-m', 'zipfile', '-c', path.join(folder, name), ...sources]);
    await writeFile(path.join(folder, 'main.py'), 'import sys\nprint("No module named langgraph", file=sys.stderr)\nsys.exit(3)\n');
    await zip('echo.zip', `${samples}/echo-python/`);
    await zip('broken.zip', path.join(folder, 'main.py'));
    await mkdir(path.join(folder, 'nosy'));
    await writeFile(path.join(folder, 'nosy/main.py'), nosyAgent);
    await zip('nosy.zip', path.join(folder, 'nosy/main.py'));
    await writeFile(path.join(folder, 'notes.txt'), 'Nothing to start here.');
    await writeFile(path.join(folder, '.env'), 'TOKEN=abc');
    await zip('notes.zip', path.join(folder, 'notes.txt'), path.join(folder, '.env'));
    await writeFile(path.join(folder, 'agent.yaml'), 'replicas: 1000000\nresources: {limits: {memory: lots}}\n');
    await zip('settings.zip', path.join(folder, 'main.py'), path.join(folder, 'agent.yaml'));
    const other = path.join(folder, 'other');
    await cp(`${samples}/echo-python`, other, { recursive: true });
    const main = path.join(other, 'main.py');
    await writeFile(main, (await readFile(main, 'utf8')).replace('"path": path,', '"path": path, "greeting": "greetings from the other code",'));
    await writeFile(path.join(other, 'names.txt'), 'Ada\nGrace\n');
    await zip('other.zip', `${other}/`);
    await writeFile(path.join(folder, 'no.zip'), 'This is no ZIP.');
    return new Zips(folder);
  }

  of(name: 'echo.zip' | 'other.zip' | 'broken.zip' | 'notes.zip' | 'settings.zip' | 'nosy.zip' | 'no.zip'): string {
    return path.join(this.folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
