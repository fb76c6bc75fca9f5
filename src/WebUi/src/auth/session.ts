import { ApiError } from '@/api/problem';
import type { Login, User } from '@/api/types';

export type SessionState =
  | { readonly status: 'starting' }
  /** The server didn't answer, so nobody knows whether the sign-in still holds. */
  | { readonly status: 'unreachable' }
  | { readonly status: 'signed-in'; readonly user: User }
  | { readonly status: 'signed-out'; readonly expired: boolean };

interface AccessToken {
  readonly value: string;
  readonly expiresAt: number;
}

type Message =
  | { readonly type: 'signed-in'; readonly token: AccessToken; readonly user: User }
  | { readonly type: 'signed-out'; readonly expired: boolean };

export interface Locks {
  request<T>(name: string, callback: () => Promise<T>): Promise<T>;
}

export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export interface SessionParts {
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  readonly locks: Locks;
  readonly channel: Channel;
  readonly now: () => number;
}

/** How long before its end a token is renewed. */
const margin = 60_000;
const retryUnreachable = 3_000;

/**
 * The sign-in of this browser. The access token is in memory alone, and the refresh token in a cookie that scripts can't read. Tabs renew one at a
 * time and tell each other, since a refresh token is good for one use.
 */
export class SessionManager {
  private state: SessionState = { status: 'starting' };
  private token: AccessToken | null = null;
  private renewal: Promise<boolean> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly parts: SessionParts) {
    parts.channel.onmessage = (event: MessageEvent<Message>) => this.receive(event.data);
  }

  readonly getState = (): SessionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Finds out whether the browser is signed in. Asks on while the server doesn't answer. */
  async start(): Promise<void> {
    try {
      await this.renew();
    } catch {
      if (this.token === null) this.become({ status: 'unreachable' });
      this.schedule(retryUnreachable);
    }
  }

  /** A token that is good for at least the next seconds; null when nobody is signed in. Throws when the server can't be asked for one. */
  async getToken(): Promise<string | null> {
    if (this.token !== null && this.parts.now() < this.token.expiresAt - 5_000) return this.token.value;
    if (this.state.status === 'signed-out') return null;
    await this.renew();
    return this.current();
  }

  /** After a 401: another token than the refused one, or null when the sign-in is over. */
  async replace(refused: string): Promise<string | null> {
    if (this.token === null || this.token.value === refused) await this.renew();
    return this.current();
  }

  async signIn(email: string, password: string): Promise<void> {
    const response = await this.post('/api/auth/login?use_cookies=true', { email, password });
    if (!response.ok) throw await ApiError.of(response);
    this.accept((await response.json()) as Login);
  }

  /** Signs out this browser, or everywhere. Without an answer the tabs are signed out nevertheless, but the error is thrown. */
  async signOut(everywhere = false): Promise<void> {
    const token = this.token?.value;
    const response = this.post(`/api/auth/logout${everywhere ? '?all=true' : ''}`, {}, token);
    if (everywhere) {
      // Claiming this without the server's word would be dangerous.
      const answer = await response;
      if (!answer.ok) throw await ApiError.of(answer);
    }
    this.end(false);
    this.parts.channel.postMessage({ type: 'signed-out', expired: false } satisfies Message);
    release(await response);
  }

  /** Shows a change of the account that was just saved. */
  updateUser(user: User): void {
    if (this.token === null) return;
    this.become({ status: 'signed-in', user });
    this.parts.channel.postMessage({ type: 'signed-in', token: this.token, user } satisfies Message);
  }

  /** For a tab that was asleep: timers may be late by hours. */
  wake(): void {
    if (this.state.status === 'unreachable' || (this.token !== null && this.parts.now() >= this.token.expiresAt - margin)) void this.start();
  }

  private current(): string | null {
    return this.token?.value ?? null;
  }

  /** True when the browser is signed in afterwards. */
  private renew(): Promise<boolean> {
    this.renewal ??= this.renewOnce().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  private renewOnce(): Promise<boolean> {
    const before = this.token?.value;
    return this.parts.locks.request('stackagent.session', async () => {
      // Another tab did it while this one waited for its turn.
      if (this.token !== null && this.token.value !== before) return true;

      const response = await this.post('/api/auth/refresh?use_cookies=true', {});
      if (response.status === 401) {
        release(response);
        const wasSignedIn = this.state.status === 'signed-in';
        this.end(wasSignedIn);
        if (wasSignedIn) this.parts.channel.postMessage({ type: 'signed-out', expired: true } satisfies Message);
        return false;
      }
      if (!response.ok) throw await ApiError.of(response);
      this.accept((await response.json()) as Login);
      return true;
    });
  }

  private async post(address: string, body: unknown, token?: string): Promise<Response> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
    try {
      return await this.parts.fetch(address, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'same-origin' });
    } catch {
      throw ApiError.unreachable();
    }
  }

  private accept(login: Login): void {
    const now = this.parts.now();
    const token = { value: login.access_token, expiresAt: now + login.expires_in * 1000 };
    this.adopt(token, login.user);
    this.parts.channel.postMessage({ type: 'signed-in', token, user: login.user } satisfies Message);
  }

  private adopt(token: AccessToken, user: User): void {
    this.token = token;
    const life = token.expiresAt - this.parts.now();
    this.schedule(Math.max(life - margin, life / 2, 1_000));
    this.become({ status: 'signed-in', user });
  }

  private end(expired: boolean): void {
    clearTimeout(this.timer);
    this.token = null;
    this.become({ status: 'signed-out', expired });
  }

  private receive(message: Message): void {
    if (message.type === 'signed-out') this.end(message.expired);
    else if (this.token === null || message.token.expiresAt >= this.token.expiresAt) this.adopt(message.token, message.user);
  }

  private schedule(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.start(), delay);
  }

  private become(state: SessionState): void {
    if (state.status === this.state.status && JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

/** A body that nobody reads keeps its connection, of which a browser has six. */
export function release(response: Response): void {
  void response.text().catch(() => undefined);
}
