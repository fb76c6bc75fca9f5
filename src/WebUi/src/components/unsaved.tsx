import { useBlocker } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Button } from './ui/button';
import { Dialog, DialogActions } from './ui/dialog';

/** Asks before a page is left whose edits would be lost. The browser asks itself when its tab is closed. */
export function Unsaved({ when, children }: { when: boolean; children: ReactNode }) {
  const leaving = useBlocker({
    // An end of the sign-in isn't to be stopped.
    shouldBlockFn: ({ current, next }) => when && next.pathname !== current.pathname && !next.pathname.endsWith('/login'),
    enableBeforeUnload: () => when,
    withResolver: true,
  });
  const stay = (): void => leaving.reset?.();
  return (
    <Dialog open={leaving.status === 'blocked'} onClose={stay} title="Leave without saving?" description={children}>
      <DialogActions>
        <Button onClick={stay}>Stay here</Button>
        <Button variant="danger" onClick={() => leaving.proceed?.()}>
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  );
}
