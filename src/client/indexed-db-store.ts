import type { FixRow } from './fix.ts';
import type { KeptRow, KeptTelemetry, Numbering, TelemetryStore, TelemetryWrite } from './telemetry-store.ts';

const ROWS = 'rows';
const STATE = 'state';
const NUMBERING = 'numbering';

/**
 * Keeps one lane in the IndexedDB of a browser, in a database of this name. Private windows and full disks reject; the
 * client then goes on from memory. One client at a time: of two tabs the second must not open the same name.
 */
export function indexedDbStore<Row = FixRow>(name: string): TelemetryStore<Row> {
  let opened: Promise<IDBDatabase> | undefined;
  const database = () => {
    opened ??= open(name);
    return opened;
  };
  return {
    async load(): Promise<KeptTelemetry<Row> | null> {
      const tx = (await database()).transaction([ROWS, STATE], 'readonly');
      const [numbering, keys, rows] = await Promise.all([
        answer<Numbering | undefined>(tx.objectStore(STATE).get(NUMBERING)),
        answer<IDBValidKey[]>(tx.objectStore(ROWS).getAllKeys()),
        answer<Row[]>(tx.objectStore(ROWS).getAll()),
      ]);
      if (!numbering) return null;
      const kept = rows.map((row, i): KeptRow<Row> => ({ key: Number(keys[i]), row }));
      return { numbering, rows: kept };
    },

    async write({ put, remove, numbering }: TelemetryWrite<Row>): Promise<void> {
      // Strict: it is on the disk, and not only handed to the system, when this answers.
      const tx = (await database()).transaction([ROWS, STATE], 'readwrite', { durability: 'strict' });
      const rows = tx.objectStore(ROWS);
      for (const { key, row } of put) rows.put(row, key);
      for (const key of remove) rows.delete(key);
      tx.objectStore(STATE).put(numbering, NUMBERING);
      await done(tx);
    },
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(ROWS);
    request.result.createObjectStore(STATE);
  };
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });
}

function done(tx: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error ?? new Error('IndexedDB'));
  });
}
