import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Dialog } from './ui/dialog';

const places = { o: '/', s: '/stacks', a: '/agents', e: '/sessions', n: '/notifications', k: '/api-keys', u: '/audit' } as const;

const keys: [string[], string][] = [
  [['/'], 'Search'],
  [['g', 'o'], 'Overview'],
  [['g', 's'], 'Stacks'],
  [['g', 'a'], 'Agents'],
  [['g', 'e'], 'Sessions'],
  [['g', 'n'], 'Notifications'],
  [['g', 'k'], 'API keys'],
  [['g', 'u'], 'Audit'],
  [['Esc'], 'Close what is open'],
  [['?'], 'This list'],
];

/** Keys that work wherever no text is being typed. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const goingSince = useRef(0);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open], [role="menu"]')) return;
      const target = event.target as HTMLElement;
      if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const place = places[event.key as keyof typeof places];
      if (event.timeStamp - goingSince.current < 1_500 && place) {
        goingSince.current = 0;
        event.preventDefault();
        void navigate({ to: place });
      } else if (event.key === 'g') goingSince.current = event.timeStamp;
      else if (event.key === '?') onHelp();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]');
        if (search) {
          event.preventDefault();
          search.focus();
          search.select();
        }
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [navigate, onHelp]);
}

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5">
        {keys.map(([combination, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="flex gap-1">
              {combination.map((key) => (
                <kbd key={key} className="min-w-7 rounded border border-line bg-sunken px-1.5 py-0.5 text-center font-mono text-[13px]">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
