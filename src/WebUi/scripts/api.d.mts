export const schemaFile: string;
export function typesOf(document: unknown): Promise<string>;
