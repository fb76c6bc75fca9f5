import { useSyncExternalStore } from 'react';
import type { User } from '@/api/types';
import { SessionManager, type Channel, type Locks, type SessionState } from './session';

/** For browsers that offer neither, such as on an address without TLS: then each tab is on its own. */
const locks: Locks = 'locks' in navigator ? (navigator.locks as unknown as Locks) : { request: (_name, callback) => callback() };
const channel: Channel =
  'BroadcastChannel' in globalThis ? new BroadcastChannel('stackagent.session') : { postMessage: () => undefined, onmessage: null };

export const session = new SessionManager({ fetch: (input, init) => fetch(input, init), locks, channel, now: () => Date.now() });

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.getState);
}

/** Who is signed in. Only for what is shown to people who are. */
export function useUser(): User | null {
  const state = useSession();
  return state.status === 'signed-in' ? state.user : null;
}
