import { errorFields } from '../../lib/log.ts';
import { LruMap } from '../lanes/lru-map.ts';
import { Beat } from './beat.ts';
import type { Current } from './current.ts';
import type { Finding } from './finding.ts';
import { type Judgement, judge } from './judge.ts';
import { Keeper } from './keeper.ts';
import { limitsOf } from './limits-of.ts';
import { type Loaded, Loader } from './loader.ts';
import { OthersChanges } from './others-changes.ts';
import { rebuilt } from './rebuilt.ts';
import type { Sample, VitalsWatch } from './sample.ts';
import { SharedPeople } from './shared-people.ts';
import { isSilent, silenceOver, silentAt } from './silence.ts';
import type { Thresholds } from './thresholds.ts';
import { VIGIL_DEFAULTS, type VigilParts, type VigilSettings } from './vigil-parts.ts';
import { beginningOf, newlyWatched, putUnder, tellsNews, toldSilent, type Watched } from './watched.ts';

/** How somebody is, as far as is known, and what they are judged by. */
export type Known = Pick<Watched, 'limits' | 'person'> & { readonly current: Current };

const UNBOUNDED = Number.POSITIVE_INFINITY;

/**
 * Watches over the vital signs of everybody whose samples come here. What is known of a person is loaded when they are new,
 * from what was put away and the samples since; until then their samples wait, though never for long: if the store does not
 * answer, they are judged from nothing, and what it says later is put under it. What another node hears of them is read.
 */
export class Vigil implements VitalsWatch {
  readonly #parts: VigilParts;
  readonly #settings: VigilSettings;
  readonly #watched: LruMap<Watched>;
  readonly #loader: Loader;
  readonly #keeper: Keeper;
  readonly #others: OthersChanges;
  readonly #shared: SharedPeople;
  /** What was taken back of them could not be looked up yet. */
  readonly #toRebuild = new Set<string>();
  readonly #erased = new LruMap<true>(ERASED_REMEMBERED);
  readonly #refreshes: Beat;
  readonly #beats: readonly Beat[];
  readonly #startedAtMs: number;
  #parkedSamples = 0;
  #isFailing = false;
  #isStopped = false;

  constructor(parts: VigilParts) {
    this.#parts = parts;
    this.#settings = { ...VIGIL_DEFAULTS, ...parts.settings };
    this.#watched = new LruMap(this.#settings.peopleMax);
    this.#loader = new Loader(parts);
    this.#shared = new SharedPeople(this.#settings.overlapMs);
    this.#keeper = new Keeper({
      ...parts,
      settings: this.#settings.keeper,
      onShared: (personIds) => this.#shared.heardElsewhere(personIds, parts.clock.nowMs()),
    });
    this.#startedAtMs = parts.clock.nowMs();
    this.#others = new OthersChanges(parts.store, this.#startedAtMs, this.#settings.overlapMs);
    const { refreshEveryMs, sharedEveryMs, silenceEveryMs } = this.#settings;
    this.#refreshes = new Beat(parts.clock, refreshEveryMs, () => this.#refresh());
    this.#beats = [
      new Beat(parts.clock, silenceEveryMs, () => this.#lookForSilence()),
      this.#refreshes,
      new Beat(parts.clock, sharedEveryMs, () => this.#readShared()),
    ];
  }

  /** Silence is noticed, and what comes through other nodes. Resolves when who was heard of lately is known, or can't be. */
  start(): Promise<void> {
    this.#keeper.start();
    for (const beat of this.#beats) beat.start();
    return this.#arm();
  }

  /** Judges what waits, and puts away what is known, if the store can be reached. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const beat of this.#beats) beat.stop();
    for (const watched of this.#watched.values()) this.#judgeParked(watched);
    await this.#keeper.stop();
  }

  sampled(sample: Sample): void {
    if (sample.late || this.#erased.has(sample.personId)) return;
    const watched = this.#watched.get(sample.personId);
    if (!watched) this.#park(this.#begin(sample.personId), sample);
    else if (watched.parked) this.#park(watched, sample);
    else if (this.#mayBeHeardElsewhere(watched, sample.receivedAtMs)) {
      void this.#load(watched);
      this.#park(watched, sample);
    } else this.#judge(watched, sample);
  }

  /** Another node has set or written something: it is looked at soon instead of at the next beat. */
  look(): void {
    this.#refreshes.soon(this.#settings.lookAfterMs);
  }

  /** What was set for somebody counts from the next sample. */
  thresholdsChanged(personId: string, thresholds: Thresholds): void {
    if (this.#watched.has(personId)) {
      const watched = this.#watched.get(personId);
      if (watched && watched.limits.version < thresholds.version) watched.limits = this.#limits(thresholds);
    } else if (thresholds.expected?.length) this.#begin(personId);
  }

  /**
   * Something that was said of somebody was taken back or put right: what hangs on it is judged again by what the store
   * has. While the store does not answer nothing is over; it is looked up again later.
   */
  async retracted(personId: string): Promise<void> {
    if (this.#erased.has(personId)) return;
    const watched = this.#watched.get(personId) ?? this.#begin(personId);
    this.#toRebuild.delete(personId);
    try {
      await this.#rebuild(watched);
    } catch (error) {
      if (this.#toRebuild.size < this.#settings.peopleMax) this.#toRebuild.add(personId);
      this.#failed(error, 'what was taken back is judged again later');
    }
  }

  /** Somebody is nobody from now on: whatever still comes of them is judged by nobody. */
  async forget(personId: string): Promise<void> {
    this.#erased.set(personId, true);
    const watched = this.#watched.has(personId) ? this.#watched.get(personId) : undefined;
    this.#parkedSamples -= watched?.parked?.length ?? 0;
    if (watched) watched.parked = null;
    this.#watched.delete(personId);
    this.#shared.forget(personId);
    this.#toRebuild.delete(personId);
    this.#keeper.forget(personId);
    try {
      // What is being written at this moment lands first.
      await this.#keeper.flush();
      await this.#parts.store.forget(personId);
    } catch (error) {
      this.#failed(error, 'what was put away of somebody erased is taken out with the rest of them');
    }
  }

  /** How somebody is; of whom nobody has heard here lately by the store. Rejects when that does not answer. */
  async known(personId: string): Promise<Known> {
    const here = this.#watched.has(personId) ? this.#watched.get(personId) : undefined;
    const nowMs = this.#parts.clock.nowMs();
    if (here && !here.parked && nowMs - here.heardMs <= this.#settings.heardElsewhereAfterMs) {
      return { current: here.state.current, limits: here.limits, person: here.person };
    }
    const loaded = await this.#loader.load(personId);
    const limits = this.#limits(loaded.thresholds);
    const { person } = loaded;
    const watched = { ...(here ?? newlyWatched(personId, limits)), limits, person };
    const { state } = beginningOf(watched, loaded, { untilMs: UNBOUNDED, nowMs });
    return { current: state.current, limits, person };
  }

  /** Resolves when what is known up to now is put away, or the store does not answer. */
  flush(): Promise<void> {
    return this.#keeper.flush();
  }

  /** Figures for the metrics page. */
  figures(): { readonly people: number; readonly statesWaiting: number; readonly scoresWaiting: number } {
    const { states: statesWaiting, scores: scoresWaiting } = this.#keeper.waiting;
    return { people: this.#watched.size, statesWaiting, scoresWaiting };
  }

  #mayBeHeardElsewhere({ heardMs, loadedMs }: Watched, nowMs: number): boolean {
    return nowMs - Math.max(heardMs, loadedMs) > this.#settings.heardElsewhereAfterMs;
  }

  #limits(thresholds: Thresholds | null) {
    return limitsOf(thresholds, this.#settings.news2MaxAgeMs);
  }

  #new(personId: string): Watched {
    const watched = newlyWatched(personId, this.#limits(null));
    this.#watched.set(personId, watched);
    return watched;
  }

  #begin(personId: string): Watched {
    const watched = this.#new(personId);
    void this.#load(watched);
    return watched;
  }

  #park(watched: Watched, sample: Sample): void {
    const { parkedMax, parkedOfAllMax } = this.#settings;
    const { parked } = watched;
    if (parked && parked.length < parkedMax && this.#parkedSamples < parkedOfAllMax) {
      parked.push(sample);
      this.#parkedSamples += 1;
      return;
    }
    if (parked) this.#parts.metrics.count('vitals_parked_overflow_total');
    this.#judgeParked(watched);
    this.#judge(watched, sample);
  }

  /**
   * Loads the beginning of somebody, and answers whether the store had it to say. Samples do not wait for it longer than is
   * patient.
   */
  async #load(watched: Watched): Promise<boolean> {
    const { clock, metrics } = this.#parts;
    watched.parked ??= [];
    const cancel = clock.after(this.#settings.patienceMs, () => {
      if (watched.parked) metrics.count('vitals_begun_total', { from: 'nothing' });
      this.#judgeParked(watched);
    });
    try {
      this.#take(watched, await this.#loader.load(watched.personId));
      metrics.count('vitals_begun_total', { from: 'store' });
      this.#isFailing = false;
      return true;
    } catch (error) {
      this.#failed(error, 'vital signs are judged without what was known before');
      return false;
    } finally {
      cancel();
      this.#judgeParked(watched);
    }
  }

  /** Takes in what was loaded: before what waits, or under what was judged without it. */
  #take(watched: Watched, loaded: Loaded): void {
    watched.limits = this.#limits(loaded.thresholds);
    watched.person = loaded.person;
    const untilMs = watched.judgedFromMs ?? watched.parked?.[0]?.receivedAtMs ?? UNBOUNDED;
    const begun = beginningOf(watched, loaded, { untilMs, nowMs: this.#parts.clock.nowMs() });
    const silenceEnded = silenceOver(watched.state, begun.state, watched.personId, begun.again);
    watched.state = watched.judgedFromMs === null ? begun.state : putUnder(begun.state, watched.state);
    watched.heardMs = Math.max(watched.heardMs, begun.heardMs);
    watched.judgedFromMs = null;
    watched.loadedMs = this.#parts.clock.nowMs();
    watched.lacksBeginning = false;
    for (const judgement of begun.again) this.#handOn(watched, judgement);
    for (const finding of silenceEnded) this.#found(finding);
  }

  async #rebuild(watched: Watched): Promise<void> {
    const { clock, store } = this.#parts;
    const { personId } = watched;
    // Judged without its beginning, or still on its way to one: the store says it all.
    if (watched.lacksBeginning) this.#take(watched, await this.#loader.load(personId));
    const nowMs = clock.nowMs();
    const samples = await store.samplesOf(personId, nowMs);
    const { state, limits, person } = watched;
    const { state: after, findings } = rebuilt(state, samples, { limits, person, personId, nowMs });
    if (after === state) return;
    watched.state = after;
    this.#handOn(watched, { findings, keep: null });
  }

  #judgeParked(watched: Watched): void {
    const { parked } = watched;
    if (!parked) return;
    watched.parked = null;
    this.#parkedSamples -= parked.length;
    for (const sample of parked) this.#judge(watched, sample);
  }

  #judge(watched: Watched, sample: Sample, where: 'here' | 'elsewhere' = 'here'): void {
    const judgement = judge(watched.state, sample, watched.limits, watched.person);
    watched.state = judgement.state;
    watched.heardMs = Math.max(watched.heardMs, sample.receivedAtMs);
    if (where === 'here') watched.heardHereMs = Math.max(watched.heardHereMs, sample.receivedAtMs);
    if (watched.lacksBeginning) watched.judgedFromMs ??= sample.receivedAtMs;
    this.#handOn(watched, judgement);
    if (!judgement.result) return;
    try {
      this.#parts.onJudged?.(sample.personId, judgement.state.current, judgement.result);
    } catch (error) {
      this.#parts.log.error(errorFields(error), 'how somebody is could not be shown');
    }
  }

  #handOn(watched: Watched, { findings, keep }: Pick<Judgement, 'findings' | 'keep'>): void {
    for (const finding of findings) this.#found(finding);
    if (keep) this.#keeper.score({ personId: watched.personId, score: keep });
    this.#putAway(watched);
  }

  /** What lacks its beginning is not put away: what was put away before knows more. */
  #putAway({ personId, heardMs, heardHereMs, state, lacksBeginning }: Watched): void {
    if (!lacksBeginning && !this.#erased.has(personId))
      this.#keeper.state({ personId, receivedAtMs: heardMs, heardHereMs, state });
  }

  #found(finding: Finding): void {
    const { type, state } = finding;
    this.#parts.metrics.count('vitals_findings_total', { type, state });
    try {
      this.#parts.findings.found(finding);
    } catch (error) {
      this.#parts.log.error(errorFields(error), 'a finding could not be handed on');
    }
  }

  async #lookForSilence(): Promise<void> {
    const when = { nowMs: this.#parts.clock.nowMs(), sinceMs: this.#startedAtMs };
    const silent = [...this.#watched.values()].filter(
      ({ parked, state, limits }) => !parked && isSilent(state, limits.noData, when),
    );
    await Promise.all(
      silent.map(async (watched) => {
        // Unless another node has heard of them; while nobody knows, whoever heard them last says so.
        const isLoaded = await this.#load(watched);
        if (isLoaded || watched.heardHereMs >= watched.heardMs) this.#silent(watched);
      }),
    );
    await this.#recheckSilence();
  }

  /** Who was found silent may be heard by another node since: some at a time, those first who were asked for longest ago. */
  async #recheckSilence(): Promise<void> {
    const beforeMs = this.#parts.clock.nowMs() - this.#settings.heardElsewhereAfterMs;
    const due = toldSilent(this.#watched.values(), beforeMs, RECHECKED_AT_ONCE);
    await Promise.all(due.map((one) => this.#load(one)));
  }

  #silent(watched: Watched): void {
    const when = { nowMs: this.#parts.clock.nowMs(), sinceMs: this.#startedAtMs };
    const { state, findings } = silentAt(watched.state, watched.limits.noData, watched.personId, when);
    watched.state = state;
    if (findings.length > 0) this.#handOn(watched, { findings, keep: null });
  }

  /** Those whose data may stop without any more coming first. */
  async #arm(): Promise<void> {
    const { store, clock } = this.#parts;
    const sinceMs = clock.nowMs() - this.#settings.armedWithinMs;
    try {
      for (let after: string | null = null; !this.#isStopped; ) {
        const page: readonly string[] = await store.awaited(sinceMs, after, ARMED_AT_ONCE);
        await Promise.all(page.filter((id) => !this.#watched.has(id)).map((id) => this.#load(this.#new(id))));
        after = page.at(-1) ?? null;
        if (page.length < ARMED_AT_ONCE || this.#watched.size >= this.#settings.peopleMax / 2) return;
      }
    } catch (error) {
      this.#failed(error, 'silence is noticed only of those who are heard of again');
    }
  }

  /** What other nodes took in of those whom this one hears too. */
  async #readShared(): Promise<void> {
    const { clock, store } = this.#parts;
    const nowMs = clock.nowMs();
    const asked = this.#shared.due(nowMs);
    if (asked.length === 0) return;
    try {
      const samples = await store.samplesSince(asked);
      this.#shared.wereRead(asked, nowMs);
      for (const sample of samples) this.#takeOthers(sample);
    } catch (error) {
      this.#failed(error, 'what other nodes took in of somebody is read again later');
    }
  }

  #takeOthers(sample: Sample): void {
    const watched = this.#watched.has(sample.personId) ? this.#watched.get(sample.personId) : undefined;
    if (watched && !watched.parked && tellsNews(watched.state, sample))
      this.#judge(watched, sample, 'elsewhere');
  }

  /** What came through other nodes, and the beginnings that could not be loaded. */
  async #refresh(): Promise<void> {
    try {
      const changed = await this.#others.thresholds((id) => this.#watched.has(id));
      for (const [personId, thresholds] of changed) this.thresholdsChanged(personId, thresholds);
      for (const record of await this.#others.records((id) => this.#watched.has(id)))
        this.#takeOthers(record);
      const nowMs = this.#parts.clock.nowMs();
      for (const personId of await this.#others.erased(nowMs)) {
        if (!this.#erased.has(personId)) await this.forget(personId);
      }
      const retracted = (await this.#others.retracted(nowMs)).filter((id) => this.#watched.has(id));
      for (const personId of new Set([...retracted, ...this.#toRebuild])) await this.retracted(personId);
      const lacking = [...this.#watched.values()].filter((one) => one.lacksBeginning && !one.parked);
      await Promise.all(lacking.map(async (one) => this.#take(one, await this.#loader.load(one.personId))));
    } catch (error) {
      this.#failed(error, 'what others set for people is looked up again later');
    }
  }

  #failed(error: unknown, sentence: string): void {
    if (!this.#isFailing) this.#parts.log.warn(errorFields(error), sentence);
    this.#isFailing = true;
    this.#parts.metrics.count('vitals_store_failed_total');
  }
}

const ARMED_AT_ONCE = 200;
const RECHECKED_AT_ONCE = 500;
/** Longer than the sockets and lanes of somebody erased take to close. */
const ERASED_REMEMBERED = 10_000;
