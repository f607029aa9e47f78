import type { Grant } from '../access/words.ts';

export { GRANTS, type Grant } from '../access/words.ts';

/** Somebody whose token was checked. */
export interface Principal {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly expiresAtMs: number;
  /** Present: known by the credential of a paired device, and so only for what a device may. */
  readonly deviceId?: string | undefined;
  /** The sign-in that the token came from, where it names one. */
  readonly sessionId?: string | undefined;
}
