import { sqlState } from '../store/pg-db.ts';
import type { Changed, CommandKey, Outcome } from './store.ts';

/** SQLSTATE of a key that exists already: here, the same command being carried out twice at the same moment. */
const UNIQUE_VIOLATION = '23505';

/** The answer to a command as it is kept. */
export interface Stored extends Outcome {
  readonly about: string;
}

export function answeredBefore(key: CommandKey | null, { about, ...outcome }: Stored): Changed<never> {
  return about === key?.about ? { kind: 'repeated', outcome } : { kind: 'reused' };
}

/** Runs a command again that was carried out elsewhere meanwhile: it then finds the stored answer. */
export async function answeredOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return work();
    throw error;
  }
}
