import { sqlState } from '../store/pg-db.ts';

/** SQLSTATE of a key that exists already: here, the same command being carried out twice at the same moment. */
const UNIQUE_VIOLATION = '23505';

/** Runs a command again that was carried out elsewhere meanwhile: it then finds the stored answer. */
export async function answeredOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return work();
    throw error;
  }
}
