import { z } from 'zod';
import { CLOSE_CODES } from './close-codes.ts';
import { DOWN } from './down.ts';
import { ERRORS } from './errors.ts';
import { LIMITS } from './limits.ts';
import { alarm, fix, sample } from './telemetry.ts';
import { UP } from './up.ts';
import { SUBPROTOCOLS } from './version.ts';

/** JSON Schema of what may be sent. What a client sends is described before it is put into normal form. */
export function schemaOf(schema: z.ZodType): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}

/**
 * Everything that a program on the other side relies on, as one text: the schema of each kind, the rows inside
 * frames, error and close codes, limits. Words for people and the order of fields are left out, because they may
 * improve at any time.
 */
export function wireShape(): string {
  const schemas = (table: Readonly<Record<string, z.ZodType>>) =>
    Object.fromEntries(Object.entries(table).map(([kind, schema]) => [kind, schemaOf(schema)]));
  const errors = Object.entries(ERRORS).map(([code, { number, http, retryable }]) => [
    code,
    { number, http, retryable },
  ]);
  const closeCodes = Object.entries(CLOSE_CODES).map(([name, { code, comeBack }]) => [
    name,
    { code, comeBack },
  ]);
  return JSON.stringify(
    {
      subprotocols: SUBPROTOCOLS,
      up: schemas(UP),
      down: schemas(DOWN),
      rows: schemas({ fix, sample, alarm }),
      errors: Object.fromEntries(errors),
      closeCodes: Object.fromEntries(closeCodes),
      limits: LIMITS,
    },
    inOrder,
  );
}

/** For `JSON.stringify`: fields by name, required fields by name, no descriptions. */
function inOrder(name: string, value: unknown): unknown {
  if (name === 'description' && typeof value === 'string') return undefined;
  if (name === 'required' && Array.isArray(value)) return [...value].sort();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
