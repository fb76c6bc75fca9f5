import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/problem';
import { SessionManager, type Channel, type Locks } from './session';

const user = { id: '1', email: 'ada@example.com', full_name: 'Ada', name: 'Ada', is_active: true, created_at: '2026-01-01T00:00:00Z' };

/** The parts of a browser that its tabs share: cookies on the server's side, locks, and channels that reach the others. */
class Browser {
  refreshes = 0;
  answer: () => Response | Promise<Response> = () => this.tokens();
  private queue: Promise<unknown> = Promise.resolve();
  private readonly channels: Channel[] = [];

  readonly locks: Locks = {
    request: <T>(_name: string, callback: () => Promise<T>): Promise<T> => {
      const turn = this.queue.then(callback);
      this.queue = turn.catch(() => undefined);
      return turn;
    },
  };

  tokens(): Response {
    return Response.json({ access_token: `token ${++this.refreshes}`, token_type: 'bearer', expires_in: 1800, user });
  }

  tab(): SessionManager {
    const channel: Channel = {
      onmessage: null,
      postMessage: (message) => {
        for (const other of this.channels) if (other !== channel) other.onmessage?.(new MessageEvent('message', { data: message }));
      },
    };
    this.channels.push(channel);
    return new SessionManager({ fetch: async () => this.answer(), locks: this.locks, channel, now: () => Date.now() });
  }
}

const refused = (): Response => Response.json({ detail: 'Log in again.' }, { status: 401 });

describe('SessionManager', () => {
  let browser: Browser;
  beforeEach(() => {
    vi.useFakeTimers();
    browser = new Browser();
  });
  afterEach(() => vi.useRealTimers());

  it('is signed in when the cookie still holds', async () => {
    const tab = browser.tab();
    await tab.start();
    expect(tab.getState()).toEqual({ status: 'signed-in', user });
    expect(await tab.getToken()).toBe('token 1');
  });

  it('is signed out, and not expired, when there never was a sign-in', async () => {
    browser.answer = refused;
    const tab = browser.tab();
    await tab.start();
    expect(tab.getState()).toEqual({ status: 'signed-out', expired: false });
    expect(await tab.getToken()).toBeNull();
  });

  it('renews a minute before the end without being asked', async () => {
    const tab = browser.tab();
    await tab.start();
    await vi.advanceTimersByTimeAsync(1_739_000);
    expect(browser.refreshes).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(browser.refreshes).toBe(2);
    expect(await tab.getToken()).toBe('token 2');
  });

  it('renews once for many callers and many tabs', async () => {
    const tabs = [browser.tab(), browser.tab(), browser.tab()];
    await tabs[0]!.start();
    expect(tabs.map((tab) => tab.getState().status)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    const tokens = await Promise.all(tabs.flatMap((tab) => [tab.replace('token 1'), tab.replace('token 1')]));
    expect(browser.refreshes).toBe(2);
    expect(new Set(tokens)).toEqual(new Set(['token 2']));
  });

  it('takes the token that another tab has got already', async () => {
    const tab = browser.tab();
    await tab.start();
    await browser.tab().replace('token 1');
    expect(browser.refreshes).toBe(2);
    expect(await tab.replace('token 1')).toBe('token 2');
    expect(browser.refreshes).toBe(2);
  });

  it('says in every tab that the sign-in has expired', async () => {
    const [one, other] = [browser.tab(), browser.tab()];
    await one.start();
    browser.answer = refused;
    expect(await one.replace('token 1')).toBeNull();
    expect(one.getState()).toEqual({ status: 'signed-out', expired: true });
    expect(other.getState()).toEqual({ status: 'signed-out', expired: true });
  });

  it('signs out every tab', async () => {
    const [one, other] = [browser.tab(), browser.tab()];
    await one.start();
    await other.signOut();
    expect(one.getState()).toEqual({ status: 'signed-out', expired: false });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(browser.refreshes).toBe(1 + 1); // The answer to the sign-out came from the same place; nothing was renewed after it.
  });

  it('stays signed in while the server is away, and goes on when it is back', async () => {
    const tab = browser.tab();
    await tab.start();
    browser.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(tab.replace('token 1')).rejects.toBeInstanceOf(ApiError);
    expect(tab.getState().status).toBe('signed-in');
    await vi.advanceTimersByTimeAsync(1_740_000);
    expect(tab.getState().status).toBe('signed-in');
    browser.answer = () => browser.tokens();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await tab.getToken()).toBe('token 2');
  });

  it('asks on when the server isn’t there at first', async () => {
    browser.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const tab = browser.tab();
    await tab.start();
    expect(tab.getState()).toEqual({ status: 'unreachable' });
    browser.answer = () => browser.tokens();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(tab.getState().status).toBe('signed-in');
  });

  it('renews when a tab that slept wakes up', async () => {
    const tab = browser.tab();
    await tab.start();
    vi.setSystemTime(Date.now() + 3_600_000);
    tab.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(await tab.getToken()).toBe('token 2');
  });

  it('doesn’t claim to have signed out everywhere without the server’s word', async () => {
    const tab = browser.tab();
    await tab.start();
    browser.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(tab.signOut(true)).rejects.toBeInstanceOf(ApiError);
    expect(tab.getState().status).toBe('signed-in');
  });

  it('throws the server’s sentence when a sign-in is refused', async () => {
    browser.answer = () => Response.json({ detail: 'invalid email or password' }, { status: 401 });
    await expect(browser.tab().signIn('a', 'b')).rejects.toThrow('invalid email or password');
  });
});
