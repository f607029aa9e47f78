import type { LatLng } from '../../src/geo/lat-lng.ts';
import type { Random } from '../../src/lib/random.ts';
import type { Stored } from '../../src/testing/power-cut/stored.ts';
import type { Cleanup } from './cleanup.ts';
import type { PostgresTemplate } from './own-postgres.ts';

const READY_WITHIN_MS = 3_000;

export interface Someone {
  readonly userId: string;
  readonly at: LatLng;
  /** An access token of theirs. */
  readonly token: () => Promise<string>;
}

/** What a scenario has at hand while everybody is at work. */
export interface Drama {
  /** `deadNode`: the number of a node that answers nobody until it is over. */
  fault(what: string, deadNode?: number): void;
  over(what: string): void;
  pause(ms: number): Promise<void>;
  /** Ended with the scenario, whatever becomes of it. */
  atEnd(step: () => unknown): void;
  /** How often the power is cut where it is. */
  readonly cuts: number;
}

/** An engine that serves, and its people. */
export interface Setting {
  readonly volunteers: readonly Someone[];
  readonly callers: readonly Someone[];
  readonly nodes: number;
  /** Where a node is reached by clients. */
  readonly urlOf: (node: number) => string;
  /** Engines that ended by themselves. */
  readonly deaths: readonly string[];
  inject(drama: Drama): Promise<void>;
  /** Every node has all that it needs again. */
  isWhole(): Promise<boolean>;
  /** The dump, once everything has come to rest and nobody is connected. */
  read(): Promise<Stored>;
}

/** Whether a node serves and has to do without nothing; throws what it lacks. */
export async function hasAll(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
  const { degraded = [] } = (await answer.json()) as { degraded?: { engine: string; reason: string }[] };
  if (answer.ok && degraded.length === 0) return true;
  const lacks = degraded.map(({ engine, reason }) => `${engine} (${reason})`).join(', ');
  throw new Error(`${url} answers ${answer.status} and lacks ${lacks || 'nothing'}`);
}

export interface Tools {
  /** Made once for all scenarios that need it. */
  readonly template: () => Promise<PostgresTemplate>;
  /** Of this scenario. */
  readonly folder: string;
  readonly random: Random;
  /** Whatever is started is put in here as soon as it is there. */
  readonly cleanup: Cleanup;
}

export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** The longest that a call may still wait after the fault. */
  readonly recoveryMsMax?: number;
  readonly needsLossyDisk: boolean;
  set(tools: Tools): Promise<Setting>;
}
