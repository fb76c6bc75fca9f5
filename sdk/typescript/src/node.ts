import { openAsBlob } from 'node:fs';

/** A ZIP on disk as what `uploadAgent` takes. It is read as it is sent. */
export function zipOf(path: string): Promise<Blob> {
  return openAsBlob(path, { type: 'application/zip' });
}
