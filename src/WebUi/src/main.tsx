import './styles.css';
import './lib/theme';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queryClient';
import { session } from './auth';
import { Toasts } from './components/ui/toast';
import { router } from './router';

void session.start();
addEventListener('online', () => session.wake());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && session.wake());

// What was loaded for one account isn't for the next one.
let account = '';
session.subscribe(() => {
  const state = session.getState();
  const next = state.status === 'signed-in' ? state.user.id : state.status === 'signed-out' ? '' : account;
  if (next !== account && account !== '') queryClient.clear();
  account = next;
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
