import createClient, { type Client } from 'openapi-fetch';
import { AgentFailedError, errorOf, RateLimitedError, UnavailableError } from './errors.js';
import { linesOf } from './lines.js';
import type { components, paths } from './schema.js';

export * from './errors.js';
export type { components, operations, paths } from './schema.js';

type Schemas = components['schemas'];
export type Agent = Schemas['Agent'];
export type AgentConfigPatch = Schemas['AgentConfigPatch'];
export type AgentLogLine = Schemas['AgentLogLine'];
export type CodePreview = Schemas['CodePreview'];
export type ReportInput = Schemas['ReportInput'];
export type ReportResult = Schemas['ReportResult'];
export type Revision = Schemas['Revision'];

/** An event, told apart by `type`; `id` grows and is absent for the stream's own events. */
export type StackAgentEvent = Schemas['LiveEvent'] & { readonly id?: string };

/** How a client is made. */
export interface ClientOptions {
  /** The server's address, for example `https://stackagent.example.com`. */
  readonly server: string;
  /** An API key or an access token; without it only what needs none can be called. */
  readonly credential?: string | undefined;
  /** What sends the requests, for proxies and tests. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a report is tried before its failure is passed on (5). Streams of events are opened again for as long as it takes. */
  readonly maxTries?: number | undefined;
  /** Milliseconds of the pause after the first failure (250); it doubles with each, up to 10 s. */
  readonly firstPause?: number | undefined;
}

/** What may be said of an upload beside its code. */
export interface UploadDetails {
  /** Of a new agent: at most 5,000 characters. */
  readonly description?: string | undefined;
  /** What to remember about the revision; at most 1,000 characters. */
  readonly note?: string | undefined;
  /** How the agent is to be run, as far as it differs from its `agent.yaml`. */
  readonly config?: AgentConfigPatch | undefined;
  /** For other code: the state that it is meant for, an `ETag`. */
  readonly ifMatch?: string | undefined;
  /** A name for the request: a repeat with the same one gets the first answer and does nothing. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which lines of a log. */
export interface LogQuery {
  /** At most so many of the newest lines, 0…100,000. Without it 1,000, or with `since` all of them. */
  readonly tail?: number | undefined;
  /** Only from then on: a time as `2026-01-31T12:00:00Z`, or how long ago, as `10m`. */
  readonly since?: string | undefined;
  /** Go on with what comes, until the agent is deleted or the reader stops. */
  readonly follow?: boolean | undefined;
  /** Only what processes before the present ones wrote. */
  readonly previous?: boolean | undefined;
  readonly search?: string | undefined;
  readonly pod?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which events. */
export interface EventQuery {
  readonly stackId?: string | undefined;
  readonly agentId?: string | undefined;
  /** Only these types; `session.*` stands for all that begin so. */
  readonly types?: readonly string[] | undefined;
  /** The id of the last event that you have; without it from now on. */
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const longestPause = 10_000;

/**
 * A StackAgent server. Every operation of the API can be called by `api`; here is what streams: uploads, logs, events, and reports that are sure to arrive
 * once. Refusals are errors derived from `StackAgentError`, thrown by `api` too.
 */
export class StackAgentClient {
  /** Every operation, with the types of the OpenAPI document. An answer of 400 or more is thrown, so `data` is there. */
  readonly api: Client<paths>;

  private readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  private readonly maxTries: number;
  private readonly firstPause: number;

  constructor(options: ClientOptions) {
    const server = options.server.replace(/\/+$/, '');
    const sender = options.fetch ?? fetch;
    this.maxTries = options.maxTries ?? 5;
    this.firstPause = options.firstPause ?? 250;
    const headers: Record<string, string> = options.credential === undefined ? {} : { Authorization: `Bearer ${options.credential}` };
    const checked = async (input: Request | string, init?: RequestInit): Promise<Response> => {
      const response = await sender(input, init);
      if (response.status >= 400) throw await errorOf(response);
      return response;
    };
    this.api = createClient<paths>({ baseUrl: server, headers, fetch: checked });
    this.send = (path, init) => checked(`${server}${path}`, { ...init, headers: { ...headers, ...(init?.headers as Record<string, string> | undefined) } });
  }

  /** Logs in; the client acts for the account while the access token lasts. */
  static async logIn(options: Omit<ClientOptions, 'credential'>, email: string, password: string): Promise<StackAgentClient> {
    const { data } = await new StackAgentClient(options).api.POST('/api/auth/login', { body: { email, password } });
    return new StackAgentClient({ ...options, credential: data!.access_token });
  }

  /** Uploads an agent into a stack and deploys it. The code is a ZIP; `zipOf` in `@stackagent/client/node` has one of a file, without reading it into memory. */
  uploadAgent(stackId: string, name: string, code: Blob, details: UploadDetails = {}): Promise<Agent> {
    return this.sendCode('POST', `/api/stacks/${encodeURIComponent(stackId)}/agents`, name, code, details);
  }

  /** Says what would come of an upload; nothing is stored, and what would be refused is refused. */
  previewAgent(stackId: string, name: string, code: Blob, details: UploadDetails = {}): Promise<CodePreview> {
    return this.sendCode('POST', `/api/stacks/${encodeURIComponent(stackId)}/agents?dry_run=true`, name, code, details);
  }

  /** Gives an agent other code: makes a revision and deploys it. */
  replaceCode(agentId: string, code: Blob, details: UploadDetails = {}): Promise<Revision> {
    return this.sendCode('PUT', `/api/agents/${encodeURIComponent(agentId)}/code`, undefined, code, details);
  }

  /** Says what would come of other code; nothing is stored. */
  previewCode(agentId: string, code: Blob, details: UploadDetails = {}): Promise<CodePreview> {
    return this.sendCode('PUT', `/api/agents/${encodeURIComponent(agentId)}/code?dry_run=true`, undefined, code, details);
  }

  /**
   * Waits until an agent runs.
   *
   * @param timeout In milliseconds; 5 minutes by default.
   * @throws AgentFailedError when it failed, was stopped or is being deleted, or has nothing to run.
   */
  async waitUntilRunning(agentId: string, { timeout = 300_000, signal }: { timeout?: number; signal?: AbortSignal } = {}): Promise<Agent> {
    const deadline = performance.now() + timeout;
    for (let tries = 0; ; tries++) {
      const { data } = await this.api.GET('/api/agents/{agent_id}', { params: { path: { agent_id: agentId } }, ...(signal && { signal }) });
      const agent = data!;
      if (agent.status === 'running') return agent;
      if (agent.status !== 'pending' && agent.status !== 'deploying') throw new AgentFailedError(agent);
      if (performance.now() > deadline) throw new Error(`The agent ${agent.name} is still ${agent.status}: ${agent.status_message ?? 'it gives no reason.'}`);
      await pause(this.pauseAfter(tries), signal);
    }
  }

  /** Reads an agent's log, oldest line first. */
  async *readLog(agentId: string, { signal, ...query }: LogQuery = {}): AsyncGenerator<AgentLogLine, void, void> {
    const path = `/api/agents/${encodeURIComponent(agentId)}/logs${queryString(query)}`;
    const response = await this.send(path, { headers: { Accept: 'application/x-ndjson' }, signal: signal ?? null });
    for await (const line of linesOf(response.body)) {
      if (line !== '') yield JSON.parse(line) as AgentLogLine;
    }
  }

  /**
   * Follows what happens, without end. An interrupted stream is resumed where it was, so that nothing is missed or repeated; where the server no longer has
   * what was missed, an event `stream.reset` comes first: load what you show anew.
   */
  async *followEvents(query: EventQuery = {}): AsyncGenerator<StackAgentEvent, void, void> {
    const path = `/api/events${queryString({ stack_id: query.stackId, agent_id: query.agentId, types: query.types?.join(',') })}`;
    let lastId = query.lastEventId;
    for (let failures = 0; ; failures++) {
      let wait = this.pauseAfter(failures);
      try {
        const headers = { Accept: 'text/event-stream', ...(lastId !== undefined && { 'Last-Event-ID': lastId }) };
        const response = await this.send(path, { headers, signal: query.signal ?? null });
        let id: string | undefined;
        let text = '';
        for await (const line of linesOf(response.body)) {
          if (line.startsWith('id:')) id = line.slice(3).trim();
          else if (line.startsWith('data:')) text += line.slice(5);
          else if (line === '') {
            lastId = id ?? lastId;
            if (text !== '') {
              failures = 0;
              const event = { ...(JSON.parse(text) as Schemas['LiveEvent']), ...(id !== undefined && { id }) };
              // The server's good-bye: it is followed by the next connection.
              if (event.type === 'stream.closed' || event.type === 'stream.dropped') break;
              yield event;
            }
            [id, text] = [undefined, ''];
          }
        }
      } catch (error) {
        if (!isPassing(error, query.signal)) throw error;
        wait = this.pauseAfter(failures, error);
      }
      await pause(wait, query.signal);
    }
  }

  /** Reports a status. Tried again while the server can't be reached; it is stored once all the same, by its `event_id`, which it gets where it has none. */
  async report(report: ReportInput, signal?: AbortSignal): Promise<void> {
    await this.sendReports(identified(report), signal);
  }

  /** Reports several statuses at once, up to 1,000, each accepted or refused on its own. Answers what became of each, in their order; nothing when all are stored. */
  async reportAll(reports: readonly ReportInput[], signal?: AbortSignal): Promise<ReportResult[]> {
    const response = await this.sendReports(reports.map(identified), signal);
    return response.status === 207 ? ((await response.json()) as Schemas['ReportsPartlyAccepted']).results : [];
  }

  private async sendReports(body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    for (let failures = 0; ; failures++) {
      try {
        const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: signal ?? null };
        return await this.send('/webhook/status', init);
      } catch (error) {
        if (failures + 1 >= this.maxTries || !isPassing(error, signal)) throw error;
        await pause(this.pauseAfter(failures, error), signal);
      }
    }
  }

  private async sendCode<T>(method: string, path: string, name: string | undefined, code: Blob, details: UploadDetails): Promise<T> {
    const form = new FormData();
    if (name !== undefined) form.append('name', name);
    if (details.description !== undefined) form.append('description', details.description);
    if (details.note !== undefined) form.append('note', details.note);
    if (details.config !== undefined) form.append('config', JSON.stringify(details.config));
    // Last, so that a bad word is refused before the file is sent.
    form.append('file', code, 'agent.zip');
    const headers = {
      ...(details.ifMatch !== undefined && { 'If-Match': details.ifMatch }),
      ...(details.idempotencyKey !== undefined && { 'Idempotency-Key': details.idempotencyKey }),
    };
    const response = await this.send(path, { method, body: form, headers, signal: details.signal ?? null });
    return (await response.json()) as T;
  }

  private pauseAfter(failures: number, error?: unknown): number {
    const own = Math.min(this.firstPause * 2 ** Math.min(failures, 20), longestPause);
    const asked = error instanceof RateLimitedError || error instanceof UnavailableError ? (error.retryAfter ?? 0) * 1000 : 0;
    return Math.max(own, asked);
  }
}

function identified(report: ReportInput): ReportInput {
  return { ...report, event_id: report.event_id ?? crypto.randomUUID() };
}

/** Whether it is worth another try: the server can't be reached, is busy, or wants fewer requests. A connection that fails is a TypeError of fetch. */
function isPassing(error: unknown, signal: AbortSignal | undefined): boolean {
  return !signal?.aborted && (error instanceof TypeError || error instanceof UnavailableError || error instanceof RateLimitedError);
}

function queryString(parameters: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== false);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return void reject(signal.reason as Error);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
