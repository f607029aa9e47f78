/** Bytes under keys, written once. */
export interface ObjectStore {
  /** Resolves once the bytes survive a power cut. Rejects with {@link StorageUnavailable} when the store is away. */
  put(key: string, content: Uint8Array): Promise<void>;
  /** Null: there is nothing under this key. */
  get(key: string): Promise<Uint8Array | null>;
  /** Resolves once it is gone; also when nothing was there. */
  remove(key: string): Promise<void>;
}

/** The object store did not answer as it should; whether something was kept is not known. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly code = 'store_unavailable';
}

/** Keys become names of files and parts of addresses, so they are held to letters, digits, `-` and `_`. */
export function checkedKey(key: string): string {
  if (!/^[\w-]{2,128}$/.test(key)) throw new TypeError('not a key of an object');
  return key;
}
