import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias: { '@': path.resolve(import.meta.dirname, '../src') } },
  test: {
    environment: 'node',
    include: ['*.test.ts'],
    // One browser at a time: the tests share the machine with the server and its agents.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
