import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { CloudOff, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { session, useSession } from '@/auth';
import { Logo } from '@/components/logo';
import { Shell } from '@/components/shell';
import { Button } from '@/components/ui/button';

/** Pages for people who are signed in. Others sign in first and then come back to the page that they wanted. */
export function SignedIn() {
  const state = useSession();
  switch (state.status) {
    case 'signed-in':
      return <Shell user={state.user} />;
    case 'signed-out':
      return <ToLogin isExpired={state.expired} />;
    default:
      return <Waiting isUnreachable={state.status === 'unreachable'} />;
  }
}

/**
 * Leads to the sign-in once. Until that is loaded this stays, and each time the location changes the router's own component would lead there again, with
 * the sign-in itself as the page to come back to.
 */
function ToLogin({ isExpired }: { isExpired: boolean }) {
  const router = useRouter();
  const navigate = useNavigate();
  const [wanted] = useState(router.state.location.href);
  useEffect(() => {
    void navigate({ to: '/login', search: { to: wanted === '/' ? undefined : wanted, expired: isExpired || undefined }, replace: true });
  }, [navigate, wanted, isExpired]);
  return null;
}

/** Pages for people who aren't. */
export function Public() {
  const state = useSession();
  return state.status === 'starting' || state.status === 'unreachable' ? <Waiting isUnreachable={state.status === 'unreachable'} /> : <Outlet />;
}

function Waiting({ isUnreachable }: { isUnreachable: boolean }) {
  // Mostly the answer is there before anybody sees that there was a question.
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), 400);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      {isUnreachable ? (
        <div role="alert" className="flex flex-col items-center">
          <CloudOff size={28} className="mb-4 text-warn" aria-hidden />
          <h1 className="text-base font-semibold">StackAgent can’t be reached</h1>
          <p className="mt-1 max-w-sm text-soft">The server doesn’t answer. It is asked again every few seconds, and this page goes on by itself.</p>
          <Button className="mt-5" onClick={() => void session.start()}>
            Try now
          </Button>
        </div>
      ) : (
        <div role="status" aria-label="Loading" className={isSlow ? 'appear flex flex-col items-center gap-4' : 'invisible'}>
          <Logo size={36} />
          <LoaderCircle size={18} className="animate-spin text-soft" aria-hidden />
          <h1 className="sr-only">StackAgent</h1>
        </div>
      )}
    </main>
  );
}
