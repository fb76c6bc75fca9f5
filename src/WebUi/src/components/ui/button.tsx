import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const variants = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-hover',
  secondary: 'bg-surface text-ink border-line hover:bg-sunken',
  ghost: 'bg-transparent text-ink border-transparent hover:bg-sunken',
  danger: 'bg-bad-fill text-white border-transparent hover:brightness-110',
  dangerQuiet: 'bg-surface text-bad border-line hover:bg-bad-wash',
} as const;

const sizes = {
  md: 'h-9 px-3.5 gap-2',
  sm: 'h-8 px-2.5 gap-1.5 text-[13px]',
  icon: 'size-9 justify-center',
} as const;

interface Look {
  variant?: keyof typeof variants;
  size?: keyof typeof sizes;
}

export function buttonClass({ variant = 'secondary', size = 'md' }: Look = {}): string {
  return cn(
    'inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap select-none transition-colors',
    'disabled:opacity-55 disabled:pointer-events-none aria-disabled:opacity-55 [&_svg]:shrink-0',
    variants[variant],
    sizes[size],
  );
}

export interface ButtonProps extends ComponentProps<'button'>, Look {
  /** What it started is under way: it shows that, and can't be pressed again. */
  busy?: boolean;
  /** Lends its looks to its only child, such as a link. */
  asChild?: boolean;
}

export function Button({ variant, size, busy = false, asChild, className, children, disabled, ...props }: ButtonProps) {
  const look = cn(buttonClass({ variant, size }), className);
  if (asChild)
    return (
      <Slot.Root className={look} {...props}>
        {children}
      </Slot.Root>
    );
  return (
    <button type="button" className={look} disabled={disabled || busy} aria-busy={busy || undefined} {...props}>
      {busy && <LoaderCircle size={15} className="animate-spin" aria-hidden />}
      {children}
    </button>
  );
}
