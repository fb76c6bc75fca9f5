import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Bot, SearchX } from 'lucide-react';
import { useCallback } from 'react';
import { agentsQuery, type AgentFilter } from '@/api/queries';
import { AgentList } from '@/components/agent-list';
import { Empty, LoadError, PageHeader, Pagination, SearchBox } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Card, Skeleton } from '@/components/ui/card';
import { Select } from '@/components/ui/form';
import { useTitle } from '@/lib/hooks';
import { ReportSnippet } from './overview';

const statuses: [string, string][] = [
  ['running', 'Running'],
  ['failed', 'Failed'],
  ['waiting_for_input', 'Waiting for input'],
  ['expired', 'Fell silent'],
  ['success', 'Succeeded'],
  ['pending', 'Pending'],
  ['deploying', 'Deploying'],
];

export function Agents() {
  useTitle('Agents');
  const filter = useSearch({ from: '/app/agents' });
  const navigate = useNavigate({ from: '/agents' });
  const agents = useQuery(agentsQuery({ ...filter, limit: 50 }));
  const search = useCallback(
    (text: string) => void navigate({ search: (before) => ({ ...before, search: text || undefined, page: undefined }), replace: true }),
    [navigate],
  );
  const isFiltered = filter.search !== undefined || filter.status !== undefined || filter.kind !== undefined;
  return (
    <>
      <PageHeader title="Agents" description="Those that run here, and those that report from elsewhere." />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchBox value={filter.search ?? ''} onChange={search} label="Search agents" />
        <Select
          aria-label="Status"
          fits
          value={filter.status ?? ''}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, status: event.target.value || undefined, page: undefined }) })}
        >
          <option value="">Any status</option>
          {statuses.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Kind"
          fits
          value={filter.kind ?? ''}
          onChange={(event) =>
            void navigate({ search: (before) => ({ ...before, kind: (event.target.value || undefined) as AgentFilter['kind'], page: undefined }) })
          }
        >
          <option value="">Here and elsewhere</option>
          <option value="deployed">Deployed here</option>
          <option value="reported">Reporting from elsewhere</option>
        </Select>
      </div>
      {agents.data ? (
        <>
          {agents.data.agents.length > 0 ? (
            <AgentList agents={agents.data.agents} label="Agents" />
          ) : isFiltered ? (
            <Card>
              <Empty icon={SearchX} title="No agent fits" actions={<Button onClick={() => void navigate({ search: {} })}>Show all agents</Button>}>
                Nothing has this name, status and kind.
              </Empty>
            </Card>
          ) : (
            <Card>
              <Empty
                icon={Bot}
                title="No agent yet"
                actions={
                  <>
                    <Button asChild variant="primary">
                      <Link to="/stacks">Deploy one in a stack</Link>
                    </Button>
                    <Button asChild>
                      <Link to="/api-keys">Make an API key</Link>
                    </Button>
                  </>
                }
              >
                <p>Deploy one here, or let any program report. Its first report registers it:</p>
                <div className="mt-4">
                  <ReportSnippet />
                </div>
              </Empty>
            </Card>
          )}
          <Pagination
            page={agents.data.page}
            pages={agents.data.pages}
            onPage={(page) => void navigate({ search: (before) => ({ ...before, page: page > 1 ? page : undefined }) })}
          />
        </>
      ) : agents.error ? (
        <LoadError error={agents.error} onRetry={() => void agents.refetch()} />
      ) : (
        <Skeleton className="h-72 rounded-xl" />
      )}
    </>
  );
}
