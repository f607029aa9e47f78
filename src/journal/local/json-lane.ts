import type { Logger } from '../../lib/log.ts';
import type { LocalJournal } from './local-journal.ts';

/** What one part of a node keeps in the local journal, as JSON. */
export interface JsonLane<T> {
  /** True: it is on the disk. Of two with the same id the first counts. */
  append(id: string, value: T): Promise<boolean>;
  done(id: string): void;
  /** The oldest first. */
  kept(): readonly T[];
}

export function jsonLane<T>(
  journal: Pick<LocalJournal, 'append' | 'done' | 'kept'>,
  lane: number,
  log: Logger,
): JsonLane<T> {
  const parsed = new Map<string, T>();
  const readOnce = (id: string, payload: Uint8Array): T[] => {
    const known = parsed.get(id);
    if (known !== undefined) return [known];
    try {
      const value = JSON.parse(Buffer.from(payload).toString()) as T;
      parsed.set(id, value);
      return [value];
    } catch {
      log.error({ id }, 'an entry of the local journal can not be read; it is left there');
      return [];
    }
  };
  return {
    append: async (id, value) =>
      (await journal.append({ lane, id, payload: Buffer.from(JSON.stringify(value)) })).ok,
    done: (id) => {
      parsed.delete(id);
      journal.done(id);
    },
    kept: () =>
      journal.kept().flatMap((entry) => (entry.lane === lane ? readOnce(entry.id, entry.payload) : [])),
  };
}
