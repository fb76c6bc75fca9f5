// Makes src/api/schema.d.ts from the committed OpenAPI document: `npm run api`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

export const schemaFile = fileURLToPath(new URL('../src/api/schema.d.ts', import.meta.url));
export const documentFile = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));

const heading = '// Made by `npm run api` from docs/openapi.json. Don\'t edit it: the tests compare the two.\n\n';

/** Examples would be three quarters of the file and tell a type checker nothing. */
function withoutExamples(node) {
  if (Array.isArray(node)) return node.map(withoutExamples);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, value]) => !(name === 'example' || (name === 'examples' && Array.isArray(value))))
      .map(([name, value]) => [name, withoutExamples(value)]),
  );
}

/** The types of an OpenAPI document, as the text of a module. */
export async function typesOf(document) {
  const { webhooks: _, ...api } = withoutExamples(document);
  return heading + astToString(await openapiTS(api, { alphabetize: true }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(schemaFile, await typesOf(JSON.parse(await readFile(documentFile, 'utf8'))));
}
