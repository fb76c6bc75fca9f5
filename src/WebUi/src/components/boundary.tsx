import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { CircleAlert, RotateCw } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from './ui/button';

/** In place of a page that broke: says so, and can be tried again. The rest of the interface goes on. */
export function PageBroken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  useEffect(() => {
    queries.reset();
  }, [queries]);
  // The files of an earlier release are gone once the server has been updated.
  const message = error instanceof Error ? error.message : String(error);
  const isOutdated = /dynamically imported module|module script/i.test(message);
  return (
    <div role="alert" className="flex flex-col items-center px-4 py-20 text-center">
      <CircleAlert size={26} className="mb-3 text-bad" aria-hidden />
      <h1 className="text-base font-semibold">{isOutdated ? 'There is a newer version of this page' : 'This page broke'}</h1>
      <p className="mt-1 max-w-md text-soft">
        {isOutdated ? 'The server was updated or can’t be reached. Loading the page again brings it up to date.' : 'Nothing that you saved is lost. Trying again often helps.'}
      </p>
      {!isOutdated && <p className="mt-2 max-w-md font-mono text-xs break-words text-soft">{message}</p>}
      <Button
        className="mt-5"
        onClick={() => {
          if (isOutdated) location.reload();
          else {
            reset();
            void router.invalidate();
          }
        }}
      >
        <RotateCw size={15} aria-hidden />
        {isOutdated ? 'Load again' : 'Try again'}
      </Button>
    </div>
  );
}
