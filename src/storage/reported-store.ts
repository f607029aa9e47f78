import { type ObjectStore, StorageUnavailable } from './object-store.ts';

/** Hears whether the store could be used. */
export interface StoreUse {
  answered(): void;
  failed(error: unknown): void;
}

/** The same store, and with each use it is told how that went. */
export function reportedStore(store: ObjectStore, use: StoreUse): ObjectStore {
  const told = async <T>(working: Promise<T>): Promise<T> => {
    try {
      const done = await working;
      use.answered();
      return done;
    } catch (error) {
      if (error instanceof StorageUnavailable) use.failed(error);
      throw error;
    }
  };
  return {
    put: (key, content) => told(store.put(key, content)),
    get: (key) => told(store.get(key)),
    remove: (key) => told(store.remove(key)),
  };
}
