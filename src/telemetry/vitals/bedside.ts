import type { Clock } from '../../lib/clock.ts';
import { derivedId } from '../../lib/derived-id.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { People, Person } from '../people.ts';
import { entitled, type Viewer } from '../series/entitled.ts';
import type { Shown } from '../series/person-records.ts';
import { type Current, take } from './current.ts';
import { LIMITED_VITALS, type LimitedVital, type VitalLimits } from './default-limits.ts';
import { limitsInForce } from './limits-of.ts';
import type { Sample } from './sample.ts';
import { type News2Ages, type ScoreResult, scoreAt } from './score.ts';
import { NOTHING_SET, type ThresholdSettings, type Thresholds } from './thresholds.ts';
import type { Vigil } from './vigil.ts';
import { type Doubts, doubtsOf, type Vitals } from './vitals.ts';

type Answer<T, Code extends string = never> = Promise<Result<Shown<T>, 'not_found' | Code>>;

/** What somebody writes down. */
export interface Entry {
  /** Of the client, any UUID: the same again is the same record. */
  readonly id: string;
  /** Absent: now. */
  readonly recordedAtMs?: number | undefined;
  readonly vitals: Vitals;
  readonly notes: string | null;
}

export interface NewRecord {
  readonly recordId: string;
  readonly personId: string;
  readonly enteredBy: string;
  readonly notes: string | null;
  readonly sample: Sample;
}

export interface StoredRecord {
  readonly personId: string;
  readonly enteredBy: string | null;
  readonly recordedAtMs: number;
  readonly late: boolean;
  /** `column:reason`. */
  readonly doubts: readonly string[];
  readonly retractedAtMs: number | null;
}

export interface RecordStore {
  read(recordId: string): Promise<StoredRecord | null>;
  /** One whose id is taken is not added again. */
  add(record: NewRecord): Promise<{ readonly isNew: boolean; readonly stored: StoredRecord | null }>;
  retract(recordId: string, by: string): Promise<void>;
}

export interface PastScores<S> {
  /** The newest first. */
  before(personId: string, beforeMs: number | null, limit: number): Promise<readonly S[]>;
}

export interface ThresholdStore {
  of(personId: string): Promise<Thresholds | null>;
  set(
    personId: string,
    version: number,
    by: string,
    settings: ThresholdSettings,
  ): Promise<Result<Thresholds, 'thresholds_changed'>>;
}

export interface BedsideParts<S> {
  readonly people: Pick<People, 'person' | 'relations'>;
  readonly vigil: Pick<Vigil, 'known' | 'sampled' | 'thresholdsChanged' | 'retracted'>;
  readonly thresholds: ThresholdStore;
  readonly records: RecordStore;
  readonly scores: PastScores<S>;
  /** What was measured of somebody last, late or not. */
  readonly newest: (personId: string) => Promise<readonly Sample[]>;
  readonly clock: Clock;
}

/** What is judged by, with the limits that follow for each vital sign. */
export interface ThresholdsShown {
  /** Null: nothing is set, and the defaults count. */
  readonly set: Thresholds | null;
  readonly inForce: Readonly<Record<LimitedVital, VitalLimits>>;
}

export interface Recorded {
  readonly recordId: string;
  readonly recordedAtMs: number;
  readonly late: boolean;
  /** What of it is kept but not believed. */
  readonly doubts: Doubts;
}

/** What somebody wrote down an hour ago says how they were, not how they are. */
const LATE_AFTER_MS = 3_600_000;
/** Clocks of those who write differ by so much. */
const AHEAD_MS = 120_000;

/** What those at somebody's side read, set and write down of their vital signs, as far as the matrix lets them. */
export function openBedside<S>(parts: BedsideParts<S>) {
  const { people, vigil, thresholds, records, scores, newest, clock } = parts;
  const readable = (viewer: Viewer, id: string) => entitled(people, viewer, id, 'vitals', 'read');
  const writable = (viewer: Viewer, id: string) => entitled(people, viewer, id, 'vitals', 'record');

  return {
    async thresholds(viewer: Viewer, id: string): Answer<ThresholdsShown> {
      const person = await entitled(people, viewer, id, 'thresholds', 'read');
      if (!person.ok) return person;
      return shown(person.value, thresholdsShown(await thresholds.of(person.value.personId)));
    },

    /** `version` is the one that was looked at. */
    async setThresholds(
      viewer: Viewer,
      id: string,
      version: number,
      settings: ThresholdSettings,
    ): Answer<ThresholdsShown, 'thresholds_changed'> {
      const person = await entitled(people, viewer, id, 'thresholds', 'change');
      if (!person.ok) return person;
      const { personId } = person.value;
      const changed = await thresholds.set(personId, version, viewer.userId, settings);
      if (!changed.ok) return changed;
      vigil.thresholdsChanged(personId, changed.value);
      return shown(person.value, thresholdsShown(changed.value));
    },

    /** The score as it is at this moment, of the newest value of each parameter and its age. */
    async news2(
      viewer: Viewer,
      id: string,
    ): Answer<{ readonly result: ScoreResult; readonly maxAgeMs: News2Ages }> {
      const person = await readable(viewer, id);
      if (!person.ok) return person;
      const { current, limits, person: judged } = await vigil.known(person.value.personId);
      const terms = { ...limits.news2, dateOfBirth: judged.dateOfBirth };
      const result = scoreAt(current, terms, clock.nowMs());
      return shown(person.value, { result, maxAgeMs: limits.news2.maxAgeMs });
    },

    async scores(viewer: Viewer, id: string, beforeMs: number | null, limit: number): Answer<readonly S[]> {
      const person = await readable(viewer, id);
      if (!person.ok) return person;
      return shown(person.value, await scores.before(person.value.personId, beforeMs, limit));
    },

    /** Of each vital sign the newest value that is believed, also one that came too late to be judged. */
    async latest(viewer: Viewer, id: string): Answer<{ readonly current: Current; readonly atMs: number }> {
      const person = await readable(viewer, id);
      if (!person.ok) return person;
      const { personId } = person.value;
      let { current } = await vigil.known(personId);
      for (const sample of await newest(personId)) current = take(current, sample).current;
      return shown(person.value, { current, atMs: clock.nowMs() });
    },

    /** Kept, and judged at once unless it says how somebody was long ago. */
    async record(viewer: Viewer, id: string, entry: Entry): Answer<Recorded, 'bad_request'> {
      const person = await writable(viewer, id);
      if (!person.ok) return person;
      const receivedAtMs = clock.nowMs();
      const statedMs = entry.recordedAtMs ?? receivedAtMs;
      if (statedMs > receivedAtMs + AHEAD_MS)
        return refused('bad_request', 'recordedAtMs: lies in the future');
      const recordedAtMs = Math.min(statedMs, receivedAtMs);
      const { personId } = person.value;
      const sample: Sample = {
        personId,
        recordedAtMs,
        receivedAtMs,
        source: 'manual',
        vitals: entry.vitals,
        doubts: doubtsOf(entry.vitals),
        late: receivedAtMs - recordedAtMs > LATE_AFTER_MS,
      };
      const recordId = derivedId('vitals', viewer.userId, entry.id);
      const enteredBy = viewer.userId;
      const { isNew, stored } = await records.add({
        recordId,
        personId,
        enteredBy,
        notes: entry.notes,
        sample,
      });
      if (!stored || stored.personId !== personId) return refused('bad_request', 'id: is of another record');
      if (isNew) vigil.sampled(sample);
      const { recordedAtMs: keptAtMs, late } = stored;
      return shown(person.value, { recordId, recordedAtMs: keptAtMs, late, doubts: sample.doubts });
    },

    /** Said by mistake: it stays on record and counts nowhere. For whoever wrote it, and professionals. */
    async retract(viewer: Viewer, id: string, recordId: string): Answer<null> {
      const person = await writable(viewer, id);
      if (!person.ok) return person;
      const { personId } = person.value;
      const stored = await records.read(recordId);
      const isTheirs = stored?.enteredBy === viewer.userId || viewer.grants.includes('professional');
      if (stored?.personId !== personId || !isTheirs) return refused('not_found');
      if (stored.retractedAtMs !== null) return shown(person.value, null);
      await records.retract(recordId, viewer.userId);
      if (!stored.late) await vigil.retracted(personId);
      return shown(person.value, null);
    },
  };
}

export type Bedside<S> = ReturnType<typeof openBedside<S>>;

function thresholdsShown(set: Thresholds | null): ThresholdsShown {
  const inForce = LIMITED_VITALS.map((vital) => [vital, limitsInForce(vital, set ?? NOTHING_SET)] as const);
  return { set, inForce: Object.fromEntries(inForce) as ThresholdsShown['inForce'] };
}

const shown = <T>({ personId, userId }: Person, value: T) => ok({ personId, subjectUserId: userId, value });
