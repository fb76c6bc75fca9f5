import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Activity, Bell, Bot, Boxes, ChevronsUpDown, Keyboard, KeyRound, LayoutDashboard, LogOut, Menu as MenuIcon, ScrollText, UserRound, WifiOff, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { User } from '@/api/types';
import { session } from '@/auth';
import { useIsConnectionLost, useLiveUpdates } from '@/live';
import { Logo } from './logo';
import { Shortcuts, useShortcuts } from './shortcuts';
import { Button } from './ui/button';
import { Dialog } from './ui/dialog';
import { Menu, MenuItem, MenuLine, MenuLink } from './ui/menu';
import { toastError } from './ui/toast';

const pages: { to: '/' | '/stacks' | '/agents' | '/sessions' | '/notifications' | '/api-keys' | '/audit'; name: string; icon: LucideIcon }[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard },
  { to: '/stacks', name: 'Stacks', icon: Boxes },
  { to: '/agents', name: 'Agents', icon: Bot },
  { to: '/sessions', name: 'Sessions', icon: Activity },
  { to: '/notifications', name: 'Notifications', icon: Bell },
  { to: '/api-keys', name: 'API keys', icon: KeyRound },
  { to: '/audit', name: 'Audit', icon: ScrollText },
];

/** What is around every page for people who are signed in. */
export function Shell({ user }: { user: User }) {
  const [menuOpen, setMenuOpen] = useState(false);
  const [shortcutsOpen, setShortcutsOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useLiveUpdates(user.id);
  useShortcuts(() => setShortcutsOpen(true));
  useEffect(() => setMenuOpen(false), [path]);
  useFocusOnNavigation(main, path);

  return (
    <>
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="md:grid md:min-h-dvh md:grid-cols-[14.5rem_minmax(0,1fr)]">
        <header className="sticky top-0 z-30 flex h-14 items-center justify-between gap-2 border-b border-line bg-surface px-3 md:hidden">
          <div className="flex items-center gap-1.5">
            <Button variant="ghost" size="icon" aria-label="Menu" aria-haspopup="dialog" onClick={() => setMenuOpen(true)}>
              <MenuIcon size={18} aria-hidden />
            </Button>
            <Brand />
          </div>
          <UserMenu user={user} compact onShortcuts={() => setShortcutsOpen(true)} />
        </header>
        <header className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface p-3 md:flex">
          <div className="px-2 pt-1.5 pb-5">
            <Brand />
          </div>
          <Navigation />
          <div className="mt-auto border-t border-line pt-3">
            <UserMenu user={user} onShortcuts={() => setShortcutsOpen(true)} />
          </div>
        </header>
        <Dialog open={menuOpen} onClose={() => setMenuOpen(false)} title="StackAgent" shape="sheet">
          <Navigation />
        </Dialog>
        <div className="min-w-0">
          <ConnectionBanner />
          <main ref={main} id="main" tabIndex={-1} className="mx-auto w-full max-w-[80rem] px-4 pt-6 pb-16 sm:px-6 lg:px-8 lg:pt-8">
            <Outlet />
          </main>
        </div>
      </div>
      <Shortcuts open={shortcutsOpen} onClose={() => setShortcutsOpen(false)} />
    </>
  );
}

function Brand() {
  return (
    <Link to="/" className="flex items-center gap-2.5 font-semibold tracking-tight">
      <Logo />
      StackAgent
    </Link>
  );
}

function Navigation() {
  return (
    <nav aria-label="Main">
      <ul className="space-y-0.5">
        {pages.map(({ to, name, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              className="flex h-9 items-center gap-3 rounded-md px-2.5 font-medium text-soft transition-colors hover:bg-sunken hover:text-ink"
              activeProps={{ className: 'bg-accent-wash! text-accent-ink!', 'aria-current': 'page' }}
            >
              <Icon size={17} aria-hidden />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function UserMenu({ user, compact, onShortcuts }: { user: User; compact?: boolean; onShortcuts: () => void }) {
  const navigate = useNavigate();
  const initials = user.full_name
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase();
  const face: ReactNode = (
    <span className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-wash text-xs font-semibold text-accent-ink" aria-hidden>
      {initials}
    </span>
  );
  return (
    <Menu
      align={compact ? 'end' : 'start'}
      side={compact ? 'bottom' : 'top'}
      trigger={
        compact ? (
          <Button variant="ghost" size="icon" aria-label={`${initials}: account of ${user.full_name}`}>
            {face}
          </Button>
        ) : (
          <button type="button" className="flex w-full items-center gap-2.5 rounded-md p-2 text-left hover:bg-sunken">
            {face}
            <span className="min-w-0 flex-1 leading-tight">
              <span className="block truncate font-medium">{user.full_name}</span>
              <span className="block truncate text-[13px] text-soft">{user.email}</span>
            </span>
            <ChevronsUpDown size={15} className="shrink-0 text-soft" aria-hidden />
          </button>
        )
      }
    >
      <MenuLink>
        <Link to="/profile">
          <UserRound size={16} aria-hidden />
          Profile
        </Link>
      </MenuLink>
      <MenuItem onSelect={onShortcuts}>
        <Keyboard size={16} aria-hidden />
        Keyboard shortcuts
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => void session.signOut().then(() => navigate({ to: '/login' }), toastError)}>
        <LogOut size={16} aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}

/** Says that what is shown may be out of date. Its place is over the page, so that nothing moves when it comes and goes. */
function ConnectionBanner() {
  const isLost = useIsConnectionLost();
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-0 z-40 flex justify-center p-4 md:left-[14.5rem]">
      {isLost && (
        <p className="appear pointer-events-auto flex items-center gap-2.5 rounded-full border border-warn/40 bg-warn-wash px-4 py-2 font-medium text-warn shadow-lg shadow-black/10">
          <WifiOff size={16} className="shrink-0" aria-hidden />
          Connection lost. Reconnecting…
        </p>
      )}
    </div>
  );
}

/** A screen reader hears of a new page by the focus that goes there; the page that was loaded first has nothing to announce. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>, path: string): void {
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    const isTab = sectionOf(last.current) === sectionOf(path);
    last.current = path;
    if (!isTab) main.current?.focus({ preventScroll: true });
  }, [main, path]);
}

/** `/stacks/1` of `/stacks/1/events`: between the tabs of one thing the focus stays on the tabs. */
function sectionOf(path: string): string {
  return path.split('/').slice(0, 3).join('/');
}
