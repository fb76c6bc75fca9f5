import { defineConfig } from 'vitest/config';
import e2e from './vitest.config.ts';

/** `npm run figures`: not tests, but what is measured as they measure. */
export default defineConfig({ ...e2e, test: { ...e2e.test, include: ['figures.ts'], testTimeout: 300_000, disableConsoleIntercept: true } });
