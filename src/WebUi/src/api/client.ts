import createClient from 'openapi-fetch';
import { session } from '@/auth';
import { release } from '@/auth/session';
import { ApiError } from './problem';
import type { paths } from './schema';

/** Sends with the sign-in's token, and once more with a new one when it is refused. Anything but success is thrown as an {@link ApiError}. */
async function authorizedFetch(request: Request): Promise<Response> {
  const token = await session.getToken();
  const again = request.clone();
  let response = await send(request, token);
  if (response.status === 401 && token !== null) {
    const other = await session.replace(token);
    if (other !== null) {
      release(response);
      response = await send(again, other);
    }
  }
  if (!response.ok) throw await ApiError.of(response);
  return response;
}

async function send(request: Request, token: string | null): Promise<Response> {
  if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw ApiError.unreachable();
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch });

/** The body of an answer; what isn't success has been thrown before. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** Sends a form with its progress, which `fetch` can't tell. */
export async function upload<T>(method: 'POST' | 'PUT', address: string, form: FormData, onProgress: (part: number) => void, signal: AbortSignal): Promise<T> {
  const token = await session.getToken();
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    if (token !== null) request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const headers = new Headers({ 'Retry-After': request.getResponseHeader('Retry-After') ?? '' });
      const response = new Response(request.responseText, { status: request.status, headers });
      if (response.ok) resolve(response.json() as Promise<T>);
      else ApiError.of(response).then(reject, reject);
    };
    request.onerror = () => reject(new ApiError(0, 'The upload was cut off. Check the connection and try again.'));
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
