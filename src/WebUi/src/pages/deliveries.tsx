import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { RotateCw, Send } from 'lucide-react';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { deliveriesQuery, deliveryQuery, endpointsQuery } from '@/api/queries';
import type { Delivery, DeliveryState } from '@/api/types';
import { Empty, LoadError, Time } from '@/components/basics';
import { DeliveryBadge } from '@/components/status';
import { Button } from '@/components/ui/button';
import { Card, Fact, Facts, Skeleton } from '@/components/ui/card';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { Select } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { count } from '@/lib/format';

export function Deliveries() {
  const { endpoint, state } = useSearch({ from: '/app/notifications/deliveries' });
  const navigate = useNavigate({ from: '/notifications/deliveries' });
  const endpoints = useQuery(endpointsQuery);
  const deliveries = useInfiniteQuery(deliveriesQuery({ endpoint_id: endpoint, state }));
  const [openId, setOpenId] = useState<string | null>(null);
  const items = deliveries.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="mb-4 flex flex-wrap gap-2">
        <Select
          aria-label="Endpoint"
          fits
          value={endpoint ?? ''}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, endpoint: event.target.value || undefined }), replace: true, resetScroll: false })}
        >
          <option value="">Every endpoint</option>
          {endpoints.data?.items.map((each) => (
            <option key={each.id} value={each.id}>
              {each.description || each.url}
            </option>
          ))}
        </Select>
        <Select
          aria-label="State"
          fits
          value={state ?? ''}
          onChange={(event) =>
            void navigate({ search: (before) => ({ ...before, state: (event.target.value || undefined) as DeliveryState | undefined }), replace: true, resetScroll: false })
          }
        >
          <option value="">Any state</option>
          <option value="pending">Pending</option>
          <option value="delivered">Delivered</option>
          <option value="failed">Failed</option>
          <option value="muted">Muted</option>
          <option value="canceled">Cancelled</option>
        </Select>
      </div>
      {!deliveries.data ? (
        deliveries.error ? (
          <LoadError error={deliveries.error} onRetry={() => void deliveries.refetch()} />
        ) : (
          <Skeleton className="h-60 rounded-xl" />
        )
      ) : items.length === 0 ? (
        <Card>
          <Empty icon={Send} title="No delivery to show">
            Every message to an endpoint is listed here, with each try and what was answered.
          </Empty>
        </Card>
      ) : (
        <ul aria-label="Deliveries" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
          {items.map((delivery) => (
            <li key={delivery.id} className="relative flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-3 hover:bg-sunken/60 sm:px-5">
              <div className="min-w-0 flex-1 basis-52">
                <button type="button" className="font-mono text-[13px] font-medium outline-offset-[-2px] after:absolute after:inset-0" onClick={() => setOpenId(delivery.id)}>
                  {delivery.type}
                </button>
                <p className="truncate text-[13px] text-soft">{delivery.endpoint_url}</p>
                {delivery.last_error && <p className="line-clamp-2 text-[13px] break-words">{delivery.last_error}</p>}
              </div>
              <span className="text-[13px] text-soft">{tries(delivery)}</span>
              <DeliveryBadge state={delivery.state} />
              <Time value={delivery.created_at} className="relative ml-auto w-20 text-right text-[13px] text-soft" />
            </li>
          ))}
        </ul>
      )}
      {deliveries.hasNextPage && (
        <Button className="mt-4" busy={deliveries.isFetchingNextPage} onClick={() => void deliveries.fetchNextPage()}>
          Show earlier deliveries
        </Button>
      )}
      <Dialog open={openId !== null} onClose={() => setOpenId(null)} title="Delivery">
        {openId !== null && <Details id={openId} onClose={() => setOpenId(null)} />}
      </Dialog>
    </>
  );
}

function tries(delivery: Delivery): string {
  const answer = delivery.last_status_code === null ? '' : `, answered ${delivery.last_status_code}`;
  return delivery.attempts === 0 ? 'not tried yet' : `${count(delivery.attempts, 'try', 'tries')}${answer}`;
}

function Details({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const delivery = useQuery(deliveryQuery(id));
  const again = useMutation({
    mutationFn: () => body(api.POST('/api/notifications/deliveries/{delivery_id}/redeliver', { params: { path: { delivery_id: id } } })),
    onSuccess: () => {
      toast('It is being delivered again.');
      void client.invalidateQueries({ queryKey: ['deliveries'] });
      onClose();
    },
  });
  if (!delivery.data) return delivery.error ? <LoadError error={delivery.error} onRetry={() => void delivery.refetch()} /> : <Skeleton className="h-60" />;
  const { data } = delivery;
  return (
    <div className="space-y-5">
      <Facts>
        <Fact name="State"><DeliveryBadge state={data.state} /></Fact>
        <Fact name="Event"><code className="font-mono text-[13px]">{data.type}</code></Fact>
        <Fact name="To"><span className="font-mono text-[13px] break-all">{data.endpoint_url}</span></Fact>
        <Fact name="Message id"><span className="font-mono text-[13px] break-all">{data.webhook_id}</span></Fact>
        {data.next_attempt_at && <Fact name="Next try"><Time value={data.next_attempt_at} /></Fact>}
      </Facts>
      <div>
        <h3 className="mb-2 font-semibold">Tries</h3>
        {data.attempt_log.length === 0 ? (
          <p className="text-soft">None yet.</p>
        ) : (
          <ol className="space-y-2">
            {data.attempt_log.map((attempt) => (
              <li key={attempt.number} className="rounded-lg border border-line px-3 py-2">
                <p className="flex flex-wrap justify-between gap-x-3">
                  <span className="font-medium">{attempt.status_code === null ? 'No answer' : `Answered ${attempt.status_code}`}</span>
                  <span className="text-[13px] text-soft">
                    {attempt.duration_ms} ms, <Time value={attempt.at} />
                  </span>
                </p>
                {attempt.error && <p className="text-[13px] break-words">{attempt.error}</p>}
                {attempt.answer && <p className="mt-1 line-clamp-4 font-mono text-xs break-all text-soft">{attempt.answer}</p>}
              </li>
            ))}
          </ol>
        )}
      </div>
      <div>
        <h3 className="mb-2 font-semibold">Message</h3>
        <pre tabIndex={0} role="group" aria-label="Message" className="max-h-72 overflow-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[13px]">
          {JSON.stringify(data.body, null, 2)}
        </pre>
      </div>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        <Button variant="primary" busy={again.isPending} onClick={() => again.mutate()}>
          {!again.isPending && <RotateCw size={15} aria-hidden />}
          Deliver again
        </Button>
      </DialogActions>
    </div>
  );
}
