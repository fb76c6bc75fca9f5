/** What the address of the audit page says. Days are those of the reader's zone, as `2026-01-31`; `to` is included. */
export interface AuditFilter {
  type?: string | undefined;
  action?: string | undefined;
  stack?: string | undefined;
  resource?: string | undefined;
  actor?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export const resourceLabels: Record<string, string> = {
  stack: 'Stack',
  agent: 'Agent',
  session: 'Session',
  api_key: 'API key',
  notification_endpoint: 'Notification endpoint',
  account: 'Account',
};

const actionLabels: Record<string, string> = {
  'stack.created': 'Stack made',
  'stack.updated': 'Stack changed',
  'stack.deleted': 'Stack deleted',
  'stack.muted': 'Stack muted',
  'stack.unmuted': 'Stack no longer muted',
  'agent.created': 'Agent uploaded',
  'agent.updated': 'Agent changed',
  'agent.deleted': 'Agent deleted',
  'agent.muted': 'Agent muted',
  'agent.unmuted': 'Agent no longer muted',
  'agent.code_changed': 'Agent’s code changed',
  'agent.config_changed': 'Agent’s configuration changed',
  'agent.rolled_back': 'Agent rolled back',
  'agent.restarted': 'Agent restarted',
  'agent.stopped': 'Agent stopped',
  'agent.started': 'Agent started',
  'session.deleted': 'Session deleted',
  'api_key.created': 'API key made',
  'api_key.revoked': 'API key revoked',
  'notification_endpoint.created': 'Endpoint made',
  'notification_endpoint.updated': 'Endpoint changed',
  'notification_endpoint.deleted': 'Endpoint deleted',
  'notification_endpoint.secret_rotated': 'Endpoint’s secret replaced',
  'notification_endpoint.tested': 'Endpoint tested',
  'notification_endpoint.redelivered': 'Delivered again',
  'account.registered': 'Registered',
  'account.logged_in': 'Signed in',
  'account.login_failed': 'Sign-in failed',
  'account.logged_out': 'Signed out',
  'account.updated': 'Profile changed',
  'account.password_changed': 'Password changed',
};

/** A server that is newer than this page may know more words. */
export const actionLabel = (action: string): string => actionLabels[action] ?? action;

/** What can be done to resources of a type; to all of them without one. */
export const actionsOf = (type: string | undefined): string[] => Object.keys(actionLabels).filter((action) => type === undefined || action.startsWith(`${type}.`));

/** As much of a SHA-256 as tells one from another. */
export const withShortDigests = (sentence: string): string => sentence.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');

/** A day of a calendar, and nothing else. */
export function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** When a day begins here, or the day after it. */
export function startOf(dayText: string, next = false): string {
  const [year = 0, month = 1, date = 1] = dayText.split('-').map(Number);
  return new Date(year, month - 1, date + (next ? 1 : 0)).toISOString();
}
