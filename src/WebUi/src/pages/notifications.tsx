import { Outlet } from '@tanstack/react-router';
import { PageHeader } from '@/components/basics';
import { Tabs } from '@/components/tabs';
import { useTitle } from '@/lib/hooks';

export function Notifications() {
  useTitle('Notifications');
  return (
    <>
      <PageHeader title="Notifications" description="StackAgent tells your own services what happens: signed, in order, and tried again for 28 hours." />
      <Tabs
        label="Notifications"
        tabs={[
          { name: 'Endpoints', link: { to: '/notifications' }, exact: true },
          { name: 'Deliveries', link: { to: '/notifications/deliveries' } },
        ]}
      />
      <Outlet />
    </>
  );
}
