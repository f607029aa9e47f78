import type { FetchLike } from './routes/transport.ts';

/**
 * A `fetch` for {@link MusterHttp} in browsers that tells how much of a body has gone out, 0 to 1: `fetch` itself can't.
 * Knows no more than the SDK needs: methods, headers, bodies as bytes or text, and a deadline.
 */
export const uploadFetch =
  (onProgress: (part: number) => void): FetchLike =>
  (url, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      request.responseType = 'arraybuffer';
      for (const [name, value] of new Headers(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      request.onload = () => {
        const { status } = request;
        const hasBody = status !== 204 && status !== 304;
        const type = request.getResponseHeader('content-type');
        const told = hasBody ? (request.response as ArrayBuffer) : null;
        resolve(
          new Response(told, { status, ...(type === null ? {} : { headers: { 'content-type': type } }) }),
        );
      };
      request.onerror = () => reject(new TypeError('network'));
      request.onabort = () => reject(new TypeError('aborted'));
      signal?.addEventListener('abort', () => request.abort());
      request.send(body as XMLHttpRequestBodyInit | null | undefined);
    });
