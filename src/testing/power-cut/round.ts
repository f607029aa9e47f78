import { MusterHttp } from '../../client/node.ts';
import { policyWith } from '../../dispatch/testing/policy.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Random } from '../../lib/random.ts';
import { firstAdministrator } from '../../sim/administrator.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Person } from '../../sim/people.ts';
import { startEmbedded } from '../../store/embedded/embedded.ts';
import { embeddedDirectory } from '../../store/open-store.ts';
import { mountLossy, type PowerCut } from '../lossy-mount.ts';
import { Crowd } from './crowd.ts';
import { type Fault, findFaults } from './faults.ts';
import { readStored, type Stored } from './stored.ts';
import type { Witness } from './witness.ts';

export interface PowerCutRound {
  readonly round: number;
  /** From the moment everybody was at work to the cut. */
  readonly cutAfterMs: number;
  readonly torn: number;
  /** Acknowledged in this round before the cut. */
  readonly acknowledged: { readonly commands: number; readonly fixes: number };
  readonly cut: PowerCut;
  /** From starting the engine again until it said that it is ready; undefined: it did not open by itself. */
  readonly reopenMs: number | undefined;
  /** From the cut to the first command answered after it. */
  readonly recoveryMs: number | undefined;
  /** Against everything that clients were told in this and the earlier rounds, before and after the cuts. */
  readonly faults: readonly Fault[];
  readonly failure?: string;
}

type Recovery = Pick<PowerCutRound, 'reopenMs' | 'recoveryMs' | 'faults' | 'failure'>;

const SHORTEST_LIFE_MS = 500;
const LONGEST_LIFE_MS = 4_000;
/** How long everybody goes on after the power is back. */
const WORK_AFTER_MS = 1_000;
/** Clients wait up to 30 s before they try to connect again. */
const SETTLE_WITHIN_MS = 90_000;

/** The place where it happens: `backing` is the disk, shown at `directory` while it has power. */
export interface Site {
  readonly backing: string;
  readonly directory: string;
  /** For temporary files: a killed engine leaves some. */
  readonly root: string;
}

/** Rounds of one engine on one disk. */
export class PowerCuts {
  readonly #site: Site;
  readonly #random: Random;
  readonly #witness: Witness;
  #engine: OwnEngine | null = null;
  #admin: Person | null = null;

  constructor(site: Site, random: Random, witness: Witness) {
    this.#site = site;
    this.#random = random;
    this.#witness = witness;
  }

  /** A life of the engine that ends in a power cut, its life after that, and what is found at the end. */
  async once(round: number): Promise<PowerCutRound> {
    const { backing, directory } = this.#site;
    const torn = round % 2 === 0 ? 0.5 : 0;
    const chance = () => Math.floor(this.#random() * 2 ** 31);
    const disk = await mountLossy(backing, directory, { torn, seed: chance() });
    let crowd: Crowd | null = null;
    try {
      const engine = await this.#start();
      const before = this.#witness.acknowledged;
      crowd = await this.#gather(engine, round);
      const cutAfterMs = Math.round(SHORTEST_LIFE_MS + this.#random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
      await pause(cutAfterMs);
      const cutAtMs = performance.now();
      const cut = await disk.cut();
      await engine.powerOff();
      const { commands, fixes } = this.#witness.acknowledged;
      const acknowledged = { commands: commands - before.commands, fixes: fixes - before.fixes };
      await disk.unmount();
      const life = { round, cutAfterMs, torn, acknowledged, cut };
      return { ...life, ...(await this.#recover(engine, crowd, cutAtMs)) };
    } finally {
      await crowd?.leave();
      await this.#engine?.powerOff();
      await disk.unmount();
    }
  }

  async end(): Promise<void> {
    await this.#engine?.remove();
  }

  async #start(): Promise<OwnEngine> {
    const { directory, root } = this.#site;
    if (this.#engine) await this.#engine.restart();
    this.#engine ??= await OwnEngine.start({
      databaseUrl: null,
      dataDir: directory,
      env: { ...process.env, TMPDIR: root },
      onDeath: () => {},
    });
    return this.#engine;
  }

  async #gather(engine: OwnEngine, round: number): Promise<Crowd> {
    const { url, setupToken } = engine;
    if (this.#admin === null) {
      const http = new MusterHttp(url);
      this.#admin = await firstAdministrator(http, setupToken ?? '');
      // Whoever is told that they have an SOS has it alone: that is what is looked for on the disk.
      await http.setPolicy(await this.#admin.token(), policyWith());
    }
    const [witness, random] = [this.#witness, this.#random];
    return await Crowd.gather({ url, admin: this.#admin, name: `round-${round}`, witness, random });
  }

  /** The power is back: the engine starts by itself, its clients come back by themselves, and the disk is read. */
  async #recover(engine: OwnEngine, crowd: Crowd, cutAtMs: number): Promise<Recovery> {
    const { backing, directory } = this.#site;
    const disk = await mountLossy(backing, directory, { torn: 0, seed: 0 });
    let recovery: Omit<Recovery, 'faults'> = { reopenMs: undefined, recoveryMs: undefined };
    try {
      crowd.callAgain();
      const answered = this.#witness.nextAnswer();
      const startedAtMs = performance.now();
      await engine.restart();
      recovery = { ...recovery, reopenMs: Math.round(performance.now() - startedAtMs) };
      const answeredAtMs = await inTime(answered, 'an answer after the power was back');
      recovery = { ...recovery, recoveryMs: Math.round(answeredAtMs - cutAtMs) };
      await pause(WORK_AFTER_MS);
      await inTime(crowd.finish(), 'everything begun to be answered and acknowledged');
    } catch (error) {
      recovery = { ...recovery, failure: sentenceOf(error) };
    }
    try {
      await crowd.leave();
      await engine.stop();
      await disk.unmount();
      return { ...recovery, faults: findFaults(this.#witness.told, await this.#read()) };
    } catch (error) {
      return { failure: sentenceOf(error), ...recovery, faults: [] };
    } finally {
      await disk.unmount();
    }
  }

  /** What is on the disk, without the engine. */
  async #read(): Promise<Stored> {
    const dataDir = embeddedDirectory(this.#site.backing);
    const embedded = await startEmbedded({ dataDir, log: silentLogger });
    try {
      return await readStored(embedded.connection);
    } finally {
      await embedded.stop();
    }
  }
}

/** Whether a round went as promised. */
export function isUnharmed({ failure, faults }: PowerCutRound): boolean {
  return failure === undefined && faults.length === 0;
}

const sentenceOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const sentence = `waited ${SETTLE_WITHIN_MS} ms in vain for ${what}`;
    timer = setTimeout(() => reject(new Error(sentence)), SETTLE_WITHIN_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
