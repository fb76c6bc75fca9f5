import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** A sheet comes from the left edge and is as high as the screen. */
  shape?: 'box' | 'sheet';
  /** A box for more than a few fields. */
  wide?: boolean;
  /** For what is shown once: it closes by its own button alone. */
  stays?: boolean;
}

/**
 * The browser's own dialog: it keeps the focus, leaves with Esc, and makes the rest of the page inert, without the style elements that libraries
 * put into a page for this and that the Content-Security-Policy refuses.
 */
export function Dialog({ open, onClose, title, description, children, shape = 'box', wide = false, stays = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element || !open) return undefined;
    const before = document.activeElement;
    element.showModal();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        if (!stays) onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget && !stays) onClose();
      }}
      className={cn(
        'appear bg-surface p-0 text-ink',
        shape === 'box'
          ? cn('m-auto max-h-[calc(100dvh-2rem)] rounded-xl border border-line', wide ? 'w-[min(44rem,calc(100vw-2rem))]' : 'w-[min(32rem,calc(100vw-2rem))]')
          : 'm-0 h-dvh max-h-none w-72 max-w-[85vw] border-r border-line',
      )}
    >
      <div className={shape === 'box' ? 'p-5 sm:p-6' : 'flex h-full flex-col p-3'}>
        <div className={cn('flex items-start justify-between gap-4', shape === 'sheet' && 'px-2 py-1')}>
          <h2 id={`${id}-title`} className="text-base font-semibold">
            {title}
          </h2>
          {!stays && (
            <Button variant="ghost" size="icon" className="-m-2" aria-label="Close" onClick={onClose}>
              <X size={16} aria-hidden />
            </Button>
          )}
        </div>
        {description && (
          <div id={`${id}-description`} className="mt-1.5 text-soft">
            {description}
          </div>
        )}
        <div className={shape === 'box' ? 'mt-5' : 'mt-3 flex min-h-0 flex-1 flex-col'}>{children}</div>
      </div>
    </dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>;
}
