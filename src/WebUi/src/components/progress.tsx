import { useId, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { percent } from '@/lib/format';

/** How much of an upload has been sent; once all of it is, the server is at work. */
export function Progress({ part, children }: { part: number; children: ReactNode }) {
  const id = useId();
  return (
    <div className="space-y-2">
      <div className="flex justify-between gap-3 text-[13px]">
        <span id={id}>{children}</span>
        <span className="text-soft">{percent(part)}</span>
      </div>
      <div role="progressbar" aria-labelledby={id} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part * 100)} className="h-2 overflow-hidden rounded-full bg-sunken">
        <div className={cn('h-full rounded-full bg-accent transition-[width]', part >= 1 && 'dimming')} style={{ width: `${part * 100}%` }} />
      </div>
    </div>
  );
}
