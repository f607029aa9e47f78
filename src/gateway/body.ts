import type { HttpResponse } from 'uWebSockets.js';
import type { ErrorCode } from '../protocol/errors.ts';

export type Body =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON body to its end, or gives up once it is larger than `maxBytes`. An abort leaves it pending for ever. */
export async function readBody(res: HttpResponse, contentType: string, maxBytes: number): Promise<Body> {
  const content = await readContent(res, maxBytes);
  if (!content.ok) return content;
  return content.value.byteLength === 0 ? { ok: true, value: undefined } : parse(content.value, contentType);
}

/** The same for any bytes. */
export function readContent(
  res: HttpResponse,
  maxBytes: number,
): Promise<Extract<Body, { ok: false }> | { readonly ok: true; readonly value: Uint8Array }> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let over = false;
    res.onData((chunk, isLast) => {
      if (over) return;
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        over = true;
        chunks.length = 0;
        resolve({ ok: false, code: 'too_large', detail: `at most ${maxBytes} bytes` });
        return;
      }
      // The chunk's memory is taken away after this call.
      chunks.push(new Uint8Array(chunk.slice(0)));
      if (!isLast) return;
      over = true;
      resolve({ ok: true, value: Buffer.concat(chunks) });
    });
  });
}

function parse(bytes: Uint8Array, contentType: string): Body {
  if (!/^application\/json *(;|$)/i.test(contentType)) {
    return { ok: false, code: 'bad_request', detail: 'content-type: application/json is expected' };
  }
  try {
    return { ok: true, value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return { ok: false, code: 'bad_request', detail: 'body: not JSON' };
  }
}
