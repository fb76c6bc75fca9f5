import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn('rounded-xl border border-line bg-surface', className)}>{children}</div>;
}

interface SectionProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** The content goes to the edges, as lists do. */
  flush?: boolean;
  className?: string;
}

/** A card with a heading. */
export function Section({ title, description, actions, children, flush, className }: SectionProps) {
  return (
    <section className={cn('rounded-xl border border-line bg-surface', className)}>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-4 sm:px-5">
        <div className="min-w-0">
          <h2 className="font-semibold">{title}</h2>
          {description && <p className="mt-0.5 text-[13px] text-soft">{description}</p>}
        </div>
        {actions}
      </div>
      <div className={flush ? 'pt-3' : 'p-4 pt-3 sm:px-5 sm:pb-5'}>{children}</div>
    </section>
  );
}

/** Names and what they are called, one below the other on a phone. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-[7rem_minmax(0,1fr)] sm:gap-y-2.5">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="-mb-2.5 text-[13px] text-soft sm:mb-0 sm:text-sm">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

/** Stands in for what is loaded for the first time. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('dimming rounded-md bg-sunken', className)} />;
}
