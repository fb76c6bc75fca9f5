import { MutationCache, QueryClient } from '@tanstack/react-query';
import { toastError } from '@/components/ui/toast';
import { ApiError } from './problem';

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: {
      /** The form shows the error itself. */
      inline?: boolean;
    };
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events tell what changed; what is loaded is good until one says otherwise or somebody comes back to the tab.
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
    },
    mutations: { retry: false },
  },
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (!mutation.meta?.inline) toastError(error);
    },
  }),
});
