import type { z } from 'zod';
import { isUuid } from '../lib/ids.ts';
import { DOWN, type DownFrame } from './down.ts';
import type { ErrorCode } from './errors.ts';
import { UP, type UpFrame } from './up.ts';

/** A frame that does not fit, with as much as could be made out of it for the answer. */
export interface BadFrame {
  readonly code: Extract<ErrorCode, 'bad_frame' | 'unknown_kind'>;
  readonly detail: string;
  /** The command id, when the frame had a readable one. */
  readonly id: string | null;
}

const DETAIL_CHARS_MAX = 300;

type Read<Frame> = { ok: true; frame: Frame } | ({ ok: false } & BadFrame);

/** Checks a decoded frame of a client against the schema of its kind. */
export const readUp = reader<UpFrame>(UP);

/** Checks a decoded frame of the server: what the SDK relies on. */
export const readDown = reader<DownFrame>(DOWN);

function reader<Frame>(table: Readonly<Record<string, z.ZodType>>) {
  const schemas = new Map(Object.entries(table));
  return (decoded: unknown): Read<Frame> => {
    if (!Array.isArray(decoded) || typeof decoded[0] !== 'string' || decoded.length !== 2) {
      return { ok: false, code: 'bad_frame', detail: 'a frame is an array [kind, body]', id: null };
    }
    const [kind, body] = decoded as [string, unknown];
    const schema = schemas.get(kind);
    if (!schema) {
      return { ok: false, code: 'unknown_kind', detail: sayable(`kind ${quote(kind)}`), id: commandId(body) };
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return { ok: true, frame: [kind, parsed.data] as Frame };
    return { ok: false, code: 'bad_frame', detail: describe(kind, parsed.error), id: commandId(body) };
  };
}

function describe(kind: string, error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join('.') || 'body';
  return sayable(`${kind}: ${quote(path)}: ${issue?.message ?? 'does not fit'}`);
}

function commandId(body: unknown): string | null {
  const id =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'id')
      ? (body as { id: unknown }).id
      : null;
  const lower = typeof id === 'string' ? id.toLowerCase() : '';
  return isUuid(lower) ? lower : null;
}

function quote(words: string): string {
  return JSON.stringify(words.slice(0, 64));
}

// The sender's own words go back shortened and without control characters: an answer is never much larger than what
// caused it, and safe in a log.
function sayable(words: string): string {
  return words.slice(0, DETAIL_CHARS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}
