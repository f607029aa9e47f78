import type { CloseName } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal, StandingChange } from './services.ts';

export type Recognised =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly code: ErrorCode; readonly close: CloseName; readonly detail?: string };

/** What a change of somebody's standing means for a socket. */
export type Heeded = 'nothing' | 'changed' | 'suspended' | 'revoked';

/** More changes than this during one look at a token, and the client is asked to come back. */
const LOOKS_MAX = 5;

/** Whom one socket stands for: known by a token, renewed in band, and changed by what is decided about them. */
export class Identity {
  readonly #parts: GatewayParts;
  /** Every device and sign-in whose credential was shown on this socket; losing one of them ends it. */
  readonly #devices = new Set<string>();
  readonly #sessions = new Set<string>();
  #principal: Principal | null = null;
  #changesHeard = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** As they are at this moment. Only once somebody was recognised. */
  get known(): Principal {
    if (!this.#principal) throw new Error('nobody was recognised yet');
    return this.#principal;
  }

  /** Takes on somebody who was known a moment ago, and of whom nothing was decided since. */
  resume(principal: Principal): void {
    this.#takeOn(principal);
  }

  /** Looks at a token and takes it on when it is good and of nobody else than before. Never throws. */
  async recognise(token: string): Promise<Recognised> {
    try {
      for (let looks = 0; looks < LOOKS_MAX; looks++) {
        const before = this.#changesHeard;
        const recognised = await this.#look(token);
        if (!recognised.ok) return recognised;
        // Somebody's standing changed meanwhile, perhaps theirs.
        if (before !== this.#changesHeard) continue;
        this.#takeOn(recognised.principal);
        return recognised;
      }
      return { ok: false, code: 'busy', close: 'overload' };
    } catch (error) {
      return { ok: false, code: failureCode(error, this.#parts.log, 'a token failed'), close: 'overload' };
    }
  }

  heed(change: StandingChange): Heeded {
    this.#changesHeard += 1;
    if (this.#principal?.userId !== change.userId) return 'nothing';
    if (change.kind === 'revoked') return this.#isRevokedBy(change) ? 'revoked' : 'nothing';
    if (change.suspended) return 'suspended';
    // What a device may is a table of its own, and no grant adds to it.
    if (this.#principal.deviceId !== undefined) return 'nothing';
    if (sameGrants(this.#principal.grants, change.grants)) return 'nothing';
    this.#principal = { ...this.#principal, grants: change.grants };
    return 'changed';
  }

  async #look(token: string): Promise<Recognised> {
    const { accounts, devices } = this.#parts.services;
    const verified = await (token.startsWith('device:') ? devices : accounts).verifyToken(token);
    if (!verified.ok) return { ok: false, code: verified.code, close: verified.code };
    const principal = verified.value;
    if (principal.expiresAtMs + (this.#parts.graceMs?.() ?? 0) <= this.#parts.clock.nowMs()) {
      return { ok: false, code: 'token_expired', close: 'token_expired' };
    }
    if (this.#principal && this.#principal.userId !== principal.userId) {
      return { ok: false, code: 'forbidden', close: 'policy', detail: 'the token of another person' };
    }
    return { ok: true, principal };
  }

  #takeOn(principal: Principal): void {
    this.#principal = principal;
    if (principal.deviceId !== undefined) this.#devices.add(principal.deviceId);
    if (principal.sessionId !== undefined) this.#sessions.add(principal.sessionId);
  }

  #isRevokedBy({ deviceId, sessionId }: StandingChange & { kind: 'revoked' }): boolean {
    if (deviceId !== undefined) return this.#devices.has(deviceId);
    return sessionId === undefined || this.#sessions.has(sessionId);
  }
}

function sameGrants(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((grant) => others.includes(grant));
}
