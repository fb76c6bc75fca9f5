import { Link, type LinkProps } from '@tanstack/react-router';

/** Parts of a page that have addresses of their own: links, so that the browser's ways of going about them work. */
export function Tabs({ label, tabs }: { label: string; tabs: { name: string; link: Pick<LinkProps, 'to' | 'params'>; exact?: boolean }[] }) {
  return (
    <nav aria-label={label} className="-mx-4 mb-6 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0">
      <ul className="flex gap-1">
        {tabs.map(({ name, link, exact = false }) => (
          <li key={name}>
            <Link
              {...link}
              resetScroll={false}
              activeOptions={{ exact, includeSearch: false }}
              className="-mb-px block border-b-2 border-transparent px-3 py-2.5 font-medium text-soft outline-offset-[-2px] hover:text-ink"
              activeProps={{ className: 'border-accent-ink! text-ink!', 'aria-current': 'page' }}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
