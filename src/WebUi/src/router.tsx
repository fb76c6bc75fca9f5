import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { PageBroken } from './components/boundary';
import type { AgentFilter } from './api/queries';
import { day, type AuditFilter } from './lib/audit';
import type { DeliveryState, StackStatus } from './api/types';
import type { LogFilter } from './logs/follow';
import { NotFound } from './pages/not-found';
import { Public, SignedIn } from './pages/gate';

/** Only what an address really says; the rest is left out of it. */
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);
const page = (value: unknown): number | undefined => (Number.isInteger(value) && (value as number) > 1 ? (value as number) : undefined);
const one = <T extends string>(value: unknown, ...values: T[]): T | undefined => values.find((each) => each === value);

/** A page of this interface to go on with; never an address elsewhere. */
const back = (value: unknown): string | undefined => (typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined);

const root = createRootRoute({ component: Outlet });

const publicPages = createRoute({ getParentRoute: () => root, id: 'public', component: Public });
const login = createRoute({
  getParentRoute: () => publicPages,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { to?: string; expired?: true } => ({
    to: back(search['to']),
    expired: search['expired'] === true || undefined,
  }),
  component: lazyRouteComponent(() => import('./pages/login'), 'Login'),
});
const register = createRoute({
  getParentRoute: () => publicPages,
  path: '/register',
  validateSearch: (search: Record<string, unknown>): { to?: string } => ({ to: back(search['to']) }),
  component: lazyRouteComponent(() => import('./pages/login'), 'Register'),
});

const app = createRoute({ getParentRoute: () => root, id: 'app', component: SignedIn, notFoundComponent: () => <NotFound /> });
const overview = createRoute({ getParentRoute: () => app, path: '/', component: lazyRouteComponent(() => import('./pages/overview'), 'Overview') });

const stacks = createRoute({
  getParentRoute: () => app,
  path: '/stacks',
  validateSearch: (search: Record<string, unknown>): { search?: string; status?: StackStatus; page?: number; view?: 'table' } => ({
    search: text(search['search']),
    status: one(search['status'], 'creating', 'ready', 'failed', 'deleting'),
    page: page(search['page']),
    view: one(search['view'], 'table'),
  }),
  component: lazyRouteComponent(() => import('./pages/stacks'), 'Stacks'),
});
const stack = createRoute({ getParentRoute: () => app, path: '/stacks/$stackId', component: lazyRouteComponent(() => import('./pages/stack'), 'StackPage') });
const stackAgents = createRoute({ getParentRoute: () => stack, path: '/', component: lazyRouteComponent(() => import('./pages/stack'), 'StackAgents') });
const stackEvents = createRoute({ getParentRoute: () => stack, path: '/events', component: lazyRouteComponent(() => import('./pages/stack'), 'StackEvents') });
const stackSettings = createRoute({ getParentRoute: () => stack, path: '/settings', component: lazyRouteComponent(() => import('./pages/stack'), 'StackSettings') });
const newAgent = createRoute({ getParentRoute: () => app, path: '/stacks/$stackId/new-agent', component: lazyRouteComponent(() => import('./pages/new-agent'), 'NewAgent') });

const agents = createRoute({
  getParentRoute: () => app,
  path: '/agents',
  validateSearch: (search: Record<string, unknown>): { search?: string; status?: string; kind?: AgentFilter['kind']; page?: number } => ({
    search: text(search['search']),
    status: text(search['status']),
    kind: one(search['kind'], 'deployed', 'reported'),
    page: page(search['page']),
  }),
  component: lazyRouteComponent(() => import('./pages/agents'), 'Agents'),
});
const agent = createRoute({ getParentRoute: () => app, path: '/agents/$agentId', component: lazyRouteComponent(() => import('./pages/agent'), 'AgentPage') });
const agentOverview = createRoute({ getParentRoute: () => agent, path: '/', component: lazyRouteComponent(() => import('./pages/agent-overview'), 'AgentOverview') });
const agentSessions = createRoute({
  getParentRoute: () => agent,
  path: '/sessions',
  validateSearch: (search: Record<string, unknown>): { page?: number; expired?: 'hide' } => ({
    page: page(search['page']),
    expired: one(search['expired'], 'hide'),
  }),
  component: lazyRouteComponent(() => import('./pages/agent-sessions'), 'AgentSessions'),
});
const agentSession = createRoute({ getParentRoute: () => agent, path: '/sessions/$sessionId', component: lazyRouteComponent(() => import('./pages/agent-session'), 'AgentSession') });
const agentLogs = createRoute({
  getParentRoute: () => agent,
  path: '/logs',
  validateSearch: (search: Record<string, unknown>): LogFilter => ({
    search: text(search['search']),
    pod: text(search['pod']),
    since: one(search['since'], '10m', '1h', '24h'),
    previous: search['previous'] === true || undefined,
  }),
  component: lazyRouteComponent(() => import('./pages/agent-logs'), 'AgentLogs'),
});
const agentRevisions = createRoute({ getParentRoute: () => agent, path: '/revisions', component: lazyRouteComponent(() => import('./pages/agent-revisions'), 'AgentRevisions') });
const agentEvents = createRoute({ getParentRoute: () => agent, path: '/events', component: lazyRouteComponent(() => import('./pages/agent'), 'AgentEvents') });
const agentConfiguration = createRoute({
  getParentRoute: () => agent,
  path: '/configuration',
  component: lazyRouteComponent(() => import('./pages/agent-configuration'), 'AgentConfiguration'),
});
const agentSettings = createRoute({ getParentRoute: () => agent, path: '/settings', component: lazyRouteComponent(() => import('./pages/agent-settings'), 'AgentSettings') });

const sessions = createRoute({
  getParentRoute: () => app,
  path: '/sessions',
  validateSearch: (search: Record<string, unknown>): { status?: string; agents?: number } => ({
    status: text(search['status']),
    agents: page(search['agents']),
  }),
  component: lazyRouteComponent(() => import('./pages/sessions'), 'Sessions'),
});
const notifications = createRoute({ getParentRoute: () => app, path: '/notifications', component: lazyRouteComponent(() => import('./pages/notifications'), 'Notifications') });
const endpoints = createRoute({ getParentRoute: () => notifications, path: '/', component: lazyRouteComponent(() => import('./pages/endpoints'), 'Endpoints') });
const deliveries = createRoute({
  getParentRoute: () => notifications,
  path: '/deliveries',
  validateSearch: (search: Record<string, unknown>): { endpoint?: string; state?: DeliveryState } => ({
    endpoint: text(search['endpoint']),
    state: one(search['state'], 'pending', 'delivered', 'failed', 'muted', 'canceled'),
  }),
  component: lazyRouteComponent(() => import('./pages/deliveries'), 'Deliveries'),
});
const apiKeys = createRoute({ getParentRoute: () => app, path: '/api-keys', component: lazyRouteComponent(() => import('./pages/api-keys'), 'ApiKeys') });
const audit = createRoute({
  getParentRoute: () => app,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): AuditFilter => ({
    type: text(search['type']),
    action: text(search['action']),
    stack: text(search['stack']),
    resource: text(search['resource']),
    actor: text(search['actor']),
    from: day(search['from']),
    to: day(search['to']),
  }),
  component: lazyRouteComponent(() => import('./pages/audit'), 'Audit'),
});
const profile = createRoute({ getParentRoute: () => app, path: '/profile', component: lazyRouteComponent(() => import('./pages/profile'), 'Profile') });
/** Inside the frame, so that a wrong address is no dead end. */
const missing = createRoute({ getParentRoute: () => app, path: '$', component: () => <NotFound /> });

const routeTree = root.addChildren([
  publicPages.addChildren([login, register]),
  app.addChildren([
    overview,
    stacks,
    stack.addChildren([stackAgents, stackEvents, stackSettings]),
    newAgent,
    agents,
    agent.addChildren([agentOverview, agentSessions, agentSession, agentLogs, agentRevisions, agentConfiguration, agentEvents, agentSettings]),
    sessions,
    notifications.addChildren([endpoints, deliveries]),
    apiKeys,
    audit,
    profile,
    missing,
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: '/app',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageBroken,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
