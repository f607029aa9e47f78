import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { JournalFile, JournalFiles } from './files.ts';
import { encodeFrame, entryBytes, type LocalEntry } from './frame.ts';
import { readSegments, type Segment, segmentName } from './segments.ts';

/** `journal_full`: too much is kept already. `journal_failed`: the disk took nothing. Either way nothing was promised. */
export type JournalRefusal = 'journal_full' | 'journal_failed';

export interface LocalJournalOptions {
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Told when the disk begins to fail, and when it takes entries again. */
  readonly onState?: (isFailing: boolean) => void;
  /** Another file is begun from this size on. */
  readonly segmentBytes?: number;
  /** What is waiting to be done with, at most; more is refused. */
  readonly keptBytesMax?: number;
}

const SEGMENT_BYTES = 64 * 1_048_576;
const KEPT_BYTES_MAX = 256 * 1_048_576;
/** Entries of one sync at most, so that nobody waits for a whole backlog to be written. */
const GROUP_BYTES_MAX = 4 * 1_048_576;
/** A disk that failed is asked again so much later. */
const AGAIN_MS = 1_000;
/** A disk that says nothing for so long has failed: whoever waits has to be answered within three seconds. */
const DISK_WITHIN_MS = 2_000;
/** What is not acknowledged is cut off, where that is quick. */
const CUT_WITHIN_MS = 500;
/** The lane of marks: the entry of this id is done with. */
const DONE_LANE = 0;
const NOTHING = new Uint8Array(0);

interface Waiting {
  readonly entry: LocalEntry;
  readonly settle: (result: Result<void, JournalRefusal>) => void;
}

/** What was asked of the disk may still be done, later. */
class DiskSilent extends Error {
  override readonly name = 'DiskSilent';
  readonly code = 'ETIMEDOUT';
}

interface Kept {
  readonly entry: LocalEntry;
  readonly segment: Segment;
}

/**
 * What a node must not lose while the store is away: entries in files of its own disk, each acknowledged once it is there.
 * Whatever comes in while one sync is under way shares the next one. An entry stays until it is marked as done with; a node
 * that starts finds those that are not, in their order.
 */
export class LocalJournal {
  readonly #options: LocalJournalOptions;
  readonly #kept = new Map<string, Kept>();
  /** Being written or about to be, by id: the same entry again waits for the same sync. */
  readonly #promised = new Map<string, Promise<Result<void, JournalRefusal>>>();
  readonly #segments: Segment[];
  #waiting: Waiting[] = [];
  #marks: string[] = [];
  #keptBytes = 0;
  #seq: number;
  #file: JournalFile | null = null;
  #lastNumber: number;
  /** Grows with each failure: what was begun before it has no say any more. */
  #attempt = 0;
  /** What the disk has not answered yet, so that not one thread after another hangs on it. */
  #hanging: Promise<unknown> | null = null;
  #writing: Promise<void> | null = null;
  #isFailing = false;
  #isStopped = false;
  #cancelAgain = () => {};

  private constructor(options: LocalJournalOptions, found: Awaited<ReturnType<typeof readSegments>>) {
    this.#options = options;
    this.#segments = [...found.segments];
    this.#seq = found.lastSeq;
    this.#lastNumber = found.segments.at(-1)?.number ?? 0;
    for (const { entry, segment } of found.kept) this.#keep(entry, segment);
  }

  /** Reads what is there. Rejects when the folder can't be read; what is spoiled in it is reported and left where it is. */
  static async open(options: LocalJournalOptions): Promise<LocalJournal> {
    const journal = new LocalJournal(options, await readSegments({ ...options, doneLane: DONE_LANE }));
    await journal.#tidy();
    return journal;
  }

  /** What is not done with, in the order in which it was acknowledged. */
  kept(): readonly LocalEntry[] {
    return [...this.#kept.values()].map(({ entry }) => entry);
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Resolves when the entry is on the disk, or with why it is not. One that is kept already is there already. */
  append(entry: LocalEntry): Promise<Result<void, JournalRefusal>> {
    if (this.#kept.has(entry.id)) return Promise.resolve(ok(undefined));
    const promised = this.#promised.get(entry.id);
    if (promised) return promised;
    if (this.#isFailing || this.#isStopped) return Promise.resolve(this.#refuse('journal_failed'));
    const keptBytesMax = this.#options.keptBytesMax ?? KEPT_BYTES_MAX;
    if (this.#keptBytes + entryBytes(entry) > keptBytesMax)
      return Promise.resolve(this.#refuse('journal_full'));
    this.#keptBytes += entryBytes(entry);
    const promise = new Promise<Result<void, JournalRefusal>>((settle) =>
      this.#waiting.push({ entry, settle }),
    );
    this.#promised.set(entry.id, promise);
    this.#write();
    return promise;
  }

  /** The entry is safe elsewhere. The mark goes with the next write: an entry may be found again, and is harmless. */
  done(id: string): void {
    const kept = this.#kept.get(id);
    if (!kept) return;
    this.#kept.delete(id);
    this.#keptBytes -= entryBytes(kept.entry);
    kept.segment.keptCount -= 1;
    this.#gauge();
    this.#marks.push(id);
    this.#write();
  }

  /** Writes what waits, and nothing more afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelAgain();
    while (this.#writing) await this.#writing;
    await this.#closeFile();
  }

  #write(): void {
    if (this.#writing || this.#isFailing) return;
    // Whoever comes within this turn of the loop shares the sync.
    this.#writing = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#writeGroup())
      .finally(() => {
        this.#writing = null;
        if (this.#waiting.length > 0 || this.#marks.length > 0) this.#write();
      });
  }

  async #writeGroup(): Promise<void> {
    const group = this.#takeGroup();
    const marks = this.#marks;
    this.#marks = [];
    const entries = [
      ...group.map(({ entry }) => entry),
      ...marks.map((id) => ({ lane: DONE_LANE, id, payload: NOTHING })),
    ];
    if (entries.length === 0) return;
    const startedMs = this.#options.clock.monotonicMs();
    try {
      const segment = await this.#within(this.#append(encodeFrame({ seq: this.#seq + 1, entries })));
      this.#seq += 1;
      for (const { entry } of group) this.#keep(entry, segment, true);
      this.#options.metrics.observeMs('local_journal_sync_ms', this.#options.clock.monotonicMs() - startedMs);
      this.#settle(group, ok(undefined));
      await this.#tidy();
    } catch (error) {
      this.#marks = [...marks, ...this.#marks];
      await this.#fail(error, group);
    }
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    const upTo = this.#waiting.findIndex(({ entry }) => {
      bytes += entryBytes(entry);
      return bytes > GROUP_BYTES_MAX;
    });
    // One that is larger than a group by itself goes alone.
    const count = upTo === -1 ? this.#waiting.length : Math.max(1, upTo);
    const group = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return group;
  }

  async #append(bytes: Uint8Array): Promise<Segment> {
    const { segmentBytes = SEGMENT_BYTES } = this.#options;
    const current = this.#segments.at(-1);
    if (!this.#file || !current || current.bytes >= segmentBytes) await this.#begin();
    const segment = this.#segments.at(-1);
    const file = this.#file;
    if (!file || !segment) throw new Error('a file was begun');
    await file.append(bytes);
    await file.sync();
    segment.bytes += bytes.length;
    return segment;
  }

  async #begin(): Promise<void> {
    const attempt = this.#attempt;
    await this.#closeFile();
    this.#lastNumber += 1;
    const segment = { number: this.#lastNumber, bytes: 0, keptCount: 0, isDamaged: false };
    this.#segments.push(segment);
    const file = await this.#options.files.create(segmentName(segment.number));
    if (attempt === this.#attempt) this.#file = file;
    else await file.close();
  }

  /** Rejects when the disk does not answer in time. */
  async #within<T>(work: Promise<T>, withinMs = DISK_WITHIN_MS): Promise<T> {
    let cancel = () => {};
    const silent = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(withinMs, () => reject(new DiskSilent('the disk does not answer')));
    });
    try {
      return await Promise.race([work, silent]);
    } catch (error) {
      if (error instanceof DiskSilent) this.#hanging = work;
      throw error;
    } finally {
      cancel();
    }
  }

  /**
   * What a file holds after a failed write or sync is not known, and asking the kernel to sync again may be answered with
   * success for pages that it has dropped: so that file is never written to again.
   */
  async #fail(error: unknown, group: readonly Waiting[]): Promise<void> {
    const { log, metrics, onState } = this.#options;
    metrics.count('local_journal_failures_total');
    await this.#abandon(this.#segments.at(-1)?.bytes ?? 0);
    const refusal = this.#refuse('journal_failed');
    for (const { entry } of [...group, ...this.#waiting]) this.#keptBytes -= entryBytes(entry);
    this.#settle([...group, ...this.#waiting], refusal);
    this.#waiting = [];
    if (!this.#isFailing) {
      log.error(errorFields(error), 'the local journal can not be written; nothing is acknowledged by it');
      this.#isFailing = true;
      onState?.(true);
    }
    this.#againLater();
  }

  /** Cuts off what was not acknowledged and leaves the file alone; of a disk that hangs, when it answers. */
  async #abandon(bytes: number): Promise<void> {
    this.#attempt += 1;
    const file = this.#file;
    this.#file = null;
    const cut = async () => {
      await file
        ?.truncate(bytes)
        .then(() => file.sync())
        .catch(() => {});
      await file?.close().catch(() => {});
    };
    const hanging = this.#hanging;
    if (!hanging) {
      await this.#within(cut(), CUT_WITHIN_MS).catch(() => {});
      if (!this.#hanging) return;
    }
    this.#hanging = (this.#hanging ?? Promise.resolve())
      .catch(() => {})
      .then(hanging ? cut : () => {})
      .finally(() => {
        this.#hanging = null;
      });
  }

  #againLater(): void {
    if (this.#isStopped) return;
    this.#cancelAgain = this.#options.clock.after(AGAIN_MS, () => void this.#tryAgain());
  }

  async #tryAgain(): Promise<void> {
    const { log, files, onState } = this.#options;
    if (this.#hanging) {
      this.#againLater();
      return;
    }
    const before = this.#segments.length;
    try {
      await this.#within(this.#beginAnew());
    } catch {
      await this.#abandon(0);
      // Nothing was ever acknowledged by it.
      for (const { number } of this.#segments.splice(before))
        if (!this.#hanging) await files.remove(segmentName(number)).catch(() => {});
      this.#againLater();
      return;
    }
    this.#isFailing = false;
    log.info({}, 'the local journal is written again');
    onState?.(false);
    this.#write();
  }

  async #beginAnew(): Promise<void> {
    await this.#begin();
    await this.#append(encodeFrame({ seq: this.#seq + 1, entries: [] }));
    this.#seq += 1;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }

  /** Removes the oldest files, as far as everything in them is done with. What is damaged is somebody's to look at. */
  async #tidy(): Promise<void> {
    const { files, log } = this.#options;
    await this.#leaveNothing();
    for (;;) {
      const [oldest, ...younger] = this.#segments;
      if (!oldest || younger.length === 0 || oldest.keptCount > 0) return;
      if (!oldest.isDamaged) {
        try {
          await files.remove(segmentName(oldest.number));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
            log.warn(
              errorFields(error),
              'a file of the local journal that is done with could not be removed',
            );
            return;
          }
        }
      }
      this.#segments.shift();
    }
  }

  /** Where everything is done with, what it was about is not left on the disk until a file is full. */
  async #leaveNothing(): Promise<void> {
    const isDone = this.#kept.size === 0 && this.#waiting.length === 0 && this.#marks.length === 0;
    if (!isDone || !this.#file || (this.#segments.at(-1)?.bytes ?? 0) === 0) return;
    try {
      await this.#within(this.#begin());
    } catch (error) {
      this.#options.log.warn(errorFields(error), 'no new file of the local journal could be begun yet');
      await this.#abandon(this.#segments.at(-1)?.bytes ?? 0);
    }
  }

  #keep(entry: LocalEntry, segment: Segment, isCounted = false): void {
    this.#kept.set(entry.id, { entry, segment });
    segment.keptCount += 1;
    if (!isCounted) this.#keptBytes += entryBytes(entry);
    this.#gauge();
  }

  #settle(group: readonly Waiting[], result: Result<void, JournalRefusal>): void {
    for (const { entry, settle } of group) {
      this.#promised.delete(entry.id);
      settle(result);
    }
  }

  #refuse(code: JournalRefusal): Result<never, JournalRefusal> {
    this.#options.metrics.count('local_journal_refused_total', { code });
    return refused(code);
  }

  #gauge(): void {
    this.#options.metrics.gauge('local_journal_entries', this.#kept.size);
  }
}
