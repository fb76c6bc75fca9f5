export const schemaFile: string;
export const documentFile: string;
export function typesOf(document: unknown): Promise<string>;
