import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Empty } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { useTitle } from '@/lib/hooks';

/** For an address that leads nowhere, or to what isn't there any more. */
export function NotFound({ what = 'page' }: { what?: string }) {
  useTitle('Not found');
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      <Empty
        icon={Compass}
        title={`There is no such ${what}`}
        actions={
          <Button asChild>
            <Link to="/">Go to the overview</Link>
          </Button>
        }
      >
        It may have been deleted, or the address is wrong.
      </Empty>
    </>
  );
}
