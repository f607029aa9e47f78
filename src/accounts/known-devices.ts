import type { Clock } from '../lib/clock.ts';
import { isSecretOf } from './device-secrets.ts';
import type { StandingChange } from './types.ts';

interface Kept {
  readonly userId: string;
  readonly secretHash: Uint8Array;
  /** When the store, or a sign of life while it was there, last spoke for it. By the monotonic clock. */
  readonly atMs: number;
}

export interface KnownDevicesParts {
  readonly clock: Clock;
  /** How long a device is known by what was known of it. */
  readonly lifeMs: number;
  readonly entriesMax: number;
}

/**
 * The devices whose credentials the store called good of late, for while it can't be asked: whose they are and the hash of
 * the secret, as the store has it. A revoked device and those of somebody suspended are forgotten at once.
 */
export class KnownDevices {
  readonly #parts: KnownDevicesParts;
  /** By device, the one heard of longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #forgotten = 0;

  constructor(parts: KnownDevicesParts) {
    this.#parts = parts;
  }

  /** Changes with everything that is forgotten: what was read before may be of somebody revoked meanwhile. */
  get revision(): number {
    return this.#forgotten;
  }

  /** The store has called the credential good, when it was asked at this revision. */
  verified(deviceId: string, userId: string, secretHash: Uint8Array, revision: number): void {
    if (revision !== this.#forgotten || this.#parts.lifeMs <= 0) return;
    this.#keep(deviceId, { userId, secretHash, atMs: this.#parts.clock.monotonicMs() });
  }

  /** A sign of life of a device that is connected, while the store is there to say otherwise. */
  heard(deviceId: string): void {
    const kept = this.#kept.get(deviceId);
    if (kept) this.#keep(deviceId, { ...kept, atMs: this.#parts.clock.monotonicMs() });
  }

  /** Whose device it is; null: this node does not know, or the secret is another one. */
  ownerOf(deviceId: string, secret: string): string | null {
    const kept = this.#kept.get(deviceId);
    if (!kept || this.#parts.clock.monotonicMs() - kept.atMs > this.#parts.lifeMs) return null;
    return isSecretOf(secret, kept.secretHash) ? kept.userId : null;
  }

  /** Whatever takes away from somebody what a device of theirs stands for. */
  obey(change: StandingChange): void {
    if (change.kind === 'standing' ? !change.suspended : change.sessionId !== undefined) return;
    this.#forgotten += 1;
    if (change.kind === 'revoked' && change.deviceId !== undefined) {
      this.#kept.delete(change.deviceId);
      return;
    }
    for (const [deviceId, { userId }] of this.#kept)
      if (userId === change.userId) this.#kept.delete(deviceId);
  }

  #keep(deviceId: string, kept: Kept): void {
    this.#kept.delete(deviceId);
    this.#kept.set(deviceId, kept);
    if (this.#kept.size <= this.#parts.entriesMax) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}
