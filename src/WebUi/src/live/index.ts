import { useEffect, useState, useSyncExternalStore } from 'react';
import { session } from '@/auth';
import { queryClient } from '@/api/queryClient';
import { applyEvents } from './apply';
import { Throttle } from './batch';
import { LiveHub, type SeenEvent } from './hub';
import type { Connection } from './stream';

/** However much happens, nothing is loaded again more often than this. */
const throttle = new Throttle(2_000);

const hub = new LiveHub(
  {
    getToken: () => session.getToken(),
    replaceToken: (refused) => session.replace(refused),
    fetch: (input, init) => fetch(input, init),
  },
  (events) => {
    for (const key of applyEvents(queryClient, events))
      throttle.run(JSON.stringify(key), () => void queryClient.invalidateQueries({ queryKey: key }));
  },
);

/** Keeps what is shown to this user up to date for as long as the component is there. */
export function useLiveUpdates(userId: string): void {
  useEffect(() => {
    hub.start(userId);
    return () => hub.end();
  }, [userId]);
}

export function useConnection(): Connection {
  return useSyncExternalStore(hub.subscribe, hub.getConnection);
}

export function useSeenEvents(): readonly SeenEvent[] {
  return useSyncExternalStore(hub.subscribe, hub.getSeen);
}

/** True once the connection has been away for so long that a person should know. */
export function useIsConnectionLost(): boolean {
  const connection = useConnection();
  const [lost, setLost] = useState(false);
  useEffect(() => {
    if (connection === 'live') {
      setLost(false);
      return undefined;
    }
    if (connection !== 'lost') return undefined;
    const timer = setTimeout(() => setLost(true), 1_500);
    return () => clearTimeout(timer);
  }, [connection]);
  return lost;
}
