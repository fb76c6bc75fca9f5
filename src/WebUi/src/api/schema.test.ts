// @vitest-environment node
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { documentFile, schemaFile, typesOf } from '../../scripts/api.mjs';

test('the types are those of the committed document', async () => {
  const document: unknown = JSON.parse(await readFile(documentFile, 'utf8'));
  expect(await readFile(schemaFile, 'utf8'), 'Run `npm run api`.').toBe(await typesOf(document));
});
