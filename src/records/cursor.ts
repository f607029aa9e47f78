import { z } from 'zod';
import { uuid } from '../schema/records/field.ts';

/** Where a page ended: the value that it is ordered by, and the id of its last record. */
export interface Place {
  readonly value: string | number | boolean;
  readonly id: string;
}

const shape = z.tuple([z.string(), z.union([z.string().max(1_000), z.number(), z.boolean()]), uuid]);

/** Opaque to clients: it says of which list it is, so that one of another list is refused instead of leading astray. */
export const cursorOf = (list: string, { value, id }: Place): string =>
  Buffer.from(JSON.stringify([list, value, id])).toString('base64url');

/** Null: it is no cursor of this list. */
export function placeOf(list: string, cursor: string): Place | null {
  if (cursor.length > 4_000) return null;
  try {
    const parsed = shape.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (!parsed.success || parsed.data[0] !== list) return null;
    return { value: parsed.data[1], id: parsed.data[2] };
  } catch {
    return null;
  }
}
