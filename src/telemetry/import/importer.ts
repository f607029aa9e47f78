import { derivedId } from '../../lib/derived-id.ts';
import type { AppFix } from '../apps/app-message.ts';
import { type AppTrack, type Judging, NO_TRACK } from '../apps/app-track.ts';
import { type IngestResult, knocksOf, messageKeyOf, type Post, planPosts } from '../apps/plan-unnumbered.ts';
import type { UnnumberedStore } from '../apps/unnumbered-store.ts';
import { type DeviceEpoch, keyOf } from '../lanes/types.ts';
import { judgeFix, type Rules } from '../positions/pipeline.ts';
import type { ImportRow } from './import-row.ts';

export interface ImportParts {
  readonly store: UnnumberedStore;
  readonly nowMs: () => number;
  readonly rules: Rules;
  readonly whose: { readonly userId: string; readonly deviceId: string };
  /** Told after each batch. */
  readonly onProgress: (figures: ImportFigures) => void;
}

export interface ImportFigures {
  readonly rows: number;
  /** Kept in history. */
  readonly kept: number;
  /** There already: of an earlier run, or sent by the device itself. */
  readonly duplicate: number;
  /** By reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** Records that are no positions. */
  readonly others: number;
  /** The first few that were refused. */
  readonly first: readonly { readonly line: number; readonly reason: string }[];
  /** Times of the first and the last fix that was kept. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Fixes that are put in order of time together; a file with more is imported in as many pieces. */
const PIECE_FIXES = 200_000;
const BATCH_FIXES = 2_000;
const FIRST_SHOWN = 10;

/** The epoch of what was imported for a device: its numbers are given by the server, apart from those of live fixes. */
export const importEpochOf = (deviceId: string): string => derivedId('import', deviceId);

/**
 * Imports rows into history. None of it moves anybody on the map, however new: it is what was, not what is. It is judged as
 * everything else is, in order of time whatever the order of the file, and what came before (by the id of its message, else
 * by time and place) is counted and not stored again, so that a run that broke off is simply run again.
 */
export async function importPositions(
  rows: AsyncIterable<ImportRow>,
  parts: ImportParts,
): Promise<ImportFigures> {
  const importer = new Importer(parts);
  for await (const row of rows) await importer.take(row);
  await importer.end();
  return importer.figures();
}

interface Located {
  readonly line: number;
  readonly fix: AppFix;
}

class Importer {
  readonly #parts: ImportParts;
  readonly #device: DeviceEpoch;
  readonly #refused = new Map<string, number>();
  readonly #first: { line: number; reason: string }[] = [];
  #piece: Located[] = [];
  #track: AppTrack = NO_TRACK;
  #rows = 0;
  #kept = 0;
  #duplicate = 0;
  #others = 0;
  #fromMs: number | null = null;
  #toMs: number | null = null;

  constructor(parts: ImportParts) {
    this.#parts = parts;
    this.#device = { ...parts.whose, epoch: importEpochOf(parts.whose.deviceId) };
  }

  async take(row: ImportRow): Promise<void> {
    this.#rows += 1;
    if (row.fix) this.#piece.push(row);
    else if (row.problem === null) this.#others += 1;
    else this.#refuse(row.line, row.problem);
    if (this.#piece.length >= PIECE_FIXES) await this.#store();
  }

  end(): Promise<void> {
    return this.#store();
  }

  figures(): ImportFigures {
    return {
      rows: this.#rows,
      kept: this.#kept,
      duplicate: this.#duplicate,
      refused: this.#refused,
      others: this.#others,
      first: this.#first,
      fromMs: this.#fromMs,
      toMs: this.#toMs,
    };
  }

  async #store(): Promise<void> {
    const piece = this.#piece.sort((a, b) => a.fix.atMs - b.fix.atMs);
    this.#piece = [];
    // A file that runs backwards: what comes now was before what came before, and is judged by itself.
    const last = this.#track.track.last;
    if (last && (piece[0]?.fix.atMs ?? 0) < last.atMs) this.#track = NO_TRACK;
    for (let at = 0; at < piece.length; at += BATCH_FIXES)
      await this.#commit(piece.slice(at, at + BATCH_FIXES));
  }

  async #commit(batch: readonly Located[]): Promise<void> {
    const { store, nowMs, rules, onProgress } = this.#parts;
    const receivedAtMs = nowMs();
    const items = batch.map(({ fix }) => ({ fix, key: messageKeyOf(fix) }));
    const post: Post = { device: this.#device, items, receivedAtMs };
    const before = this.#track;
    const nothing = () => undefined;
    const plan = await store.commit(knocksOf([post], nothing), receivedAtMs, (standings) => ({
      ...planPosts([post], standings, nothing, historyAfter(before, rules)),
      // What a file holds says nothing of how its device does.
      refused: [],
      troubles: [],
    }));
    this.#track = plan.after.get(keyOf(this.#device))?.track ?? before;
    const results = plan.results.get(post) ?? [];
    for (const [i, { line, fix }] of batch.entries()) this.#count(line, fix, results[i] ?? 'invalid');
    onProgress(this.figures());
  }

  #count(line: number, { atMs }: AppFix, result: IngestResult): void {
    if (result === 'duplicate') this.#duplicate += 1;
    else if (result !== 'late') this.#refuse(line, result);
    else {
      this.#kept += 1;
      this.#fromMs = Math.min(this.#fromMs ?? atMs, atMs);
      this.#toMs = Math.max(this.#toMs ?? atMs, atMs);
    }
  }

  #refuse(line: number, reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    if (this.#first.length < FIRST_SHOWN) this.#first.push({ line, reason });
  }
}

/** Everything is late, whatever its age; the clock of a file is taken to be right. */
function historyAfter(before: AppTrack, rules: Rules): Judging {
  return {
    begin: () => before,
    judge({ track, clock }, fix, receivedAtMs) {
      const { atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct } = fix;
      const row = [atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct];
      const judgement = judgeFix(track, { row, sentAtMs: receivedAtMs, receivedAtMs }, rules);
      const after = { track: judgement.track, clock };
      if (judgement.kind === 'refused') return { kind: 'refused', reason: judgement.reason, after };
      return { kind: 'kept', fix: judgement.fix, late: true, result: 'late', after };
    },
  };
}
