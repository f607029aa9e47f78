import { isUuid } from '../../lib/ids.ts';
import type { Sample, VitalsWatch } from '../vitals/sample.ts';
import { believed, doubtsOf } from '../vitals/vitals.ts';
import type { Answer } from './bundle.ts';
import { isObject, textOf } from './json.ts';
import type { Conflict } from './life.ts';
import {
  counts,
  type Identifier,
  instantMsOf,
  isInstant,
  isSeen,
  type Observed,
  vitalsOf,
} from './observation.ts';
import { done, type Failure, failed, type IssueType, type Outcome } from './operation-outcome.ts';
import { type ReadObservation, readObservation } from './read-observation.ts';
import { originOf } from './samples.ts';
import type { ObservationStore, PlacedSample, Placing, StoredObservation } from './store.ts';
import { patientIdOf, type Visit } from './visit.ts';
import { writeObservation } from './write-observation.ts';

/** Who judges vital signs, as far as FHIR has something to tell them. */
export interface FhirWatch extends VitalsWatch {
  /** Something that was said of somebody was said otherwise, or taken back. Finds it out by itself after a while, too. */
  retracted(personId: string): Promise<void>;
}

export interface WritingParts {
  readonly store: ObservationStore;
  readonly watch: FhirWatch;
  readonly newId: () => string;
  /** A sample that was measured longer ago says how somebody was. */
  readonly lateAfterMs: number;
}

/** What is asked of one Observation, besides keeping it. */
export interface WriteAsked {
  /** Null: the server names it. */
  readonly id: string | null;
  readonly ifMatch: string | null;
  readonly ifNoneExist: string | null;
}

/** What is to be kept, the Observation itself last; or the one that is kept already and makes it needless. */
export type Prepared = { readonly patientId: string } & (
  | { readonly placings: readonly Placing[]; readonly existing: null }
  | { readonly placings: null; readonly existing: StoredObservation }
);

const NOT_FOUND = 'there is no such patient for you';
const IDENTIFIER_MAX = 1_000;

/** Checks everything that can be known before the store is asked to keep it. */
export async function prepare(
  parts: WritingParts,
  visit: Visit,
  body: unknown,
  asked: WriteAsked,
): Promise<Outcome<Prepared>> {
  const id = asked.id === null ? done(parts.newId()) : nameOf(asked.id, body);
  if (!id.ok) return id;
  const ifVersion = versionOf(asked.ifMatch);
  if (ifVersion === undefined) return failed(400, 'value', 'if-match: W/"<version>" is expected');
  const read = readObservation(body, visit.nowMs);
  if (!read.ok) return read;
  const { observed, subject } = read.value;
  const person = await visit.person(subject, 'record');
  if (!person) return failed(404, 'not-found', NOT_FOUND, 'Observation.subject');
  const patientId = patientIdOf(person);
  if (asked.ifNoneExist !== null) {
    const existing = await existingOf(parts.store, person.personId, asked.ifNoneExist);
    if (!existing.ok) return existing;
    if (existing.value) return done({ patientId, placings: null, existing: existing.value });
  }
  const common = {
    by: visit.by.userId,
    isProfessional: await visit.isProfessional(),
    personId: person.personId,
    receivedAtMs: visit.nowMs,
  };
  const placingOf = (one: Observed): Omit<Placing, 'id' | 'isNamed' | 'ifVersion' | 'memberOf'> => ({
    ...common,
    observed: one,
    sample: sampleOf(one, visit.nowMs, parts.lateAfterMs),
  });
  const inside = [...read.value.contained].map(([reference, one]) => ({
    ...placingOf({ ...one, identifier: one.identifier ?? insideOf(read.value, id.value, reference) }),
    id: parts.newId(),
    isNamed: false,
    ifVersion: null,
    memberOf: new Map<string, number>(),
  }));
  const memberOf = new Map([...read.value.contained.keys()].map((reference, index) => [reference, index]));
  const whole = { ...placingOf(observed), id: id.value, isNamed: asked.id !== null, ifVersion, memberOf };
  return done({ patientId, placings: [...inside, whole], existing: null });
}

/** What a contained Observation is recognised by when the one that it came in comes again. */
function insideOf({ observed }: ReadObservation, id: string, reference: string): Identifier {
  const { identifier } = observed;
  const whole = identifier === null ? id : `${identifier.system ?? ''}|${identifier.value}`;
  return { system: 'urn:muster:contained', value: `${whole}${reference}` };
}

/** The id that a client gives: any UUID, so that nobody can guess or take what others use. */
function nameOf(asked: string, body: unknown): Outcome<string> {
  const id = asked.toLowerCase();
  if (!isUuid(id)) {
    return originOf(id) === null
      ? failed(400, 'value', 'id: a UUID is expected')
      : failed(405, 'not-supported', 'what a device or a person has measured here is not changed by FHIR');
  }
  const said = isObject(body) && typeof body.id === 'string' ? body.id.toLowerCase() : null;
  return said === id
    ? done(id)
    : failed(400, 'invariant', 'id: the same as in the address is expected', 'Observation.id');
}

/** Null: nothing is said. Undefined: it is none. */
function versionOf(ifMatch: string | null): number | null | undefined {
  if (ifMatch === null || ifMatch === '') return null;
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch)?.[1];
  return version === undefined ? undefined : Number(version);
}

async function existingOf(
  store: ObservationStore,
  personId: string,
  ifNoneExist: string,
): Promise<Outcome<StoredObservation | null>> {
  const query = new URLSearchParams(ifNoneExist.replace(/^\/?(Observation)?\??/, ''));
  const value = textOf(query.get('identifier'), IDENTIFIER_MAX);
  if (value === null || [...query.keys()].some((name) => name !== 'identifier' && name !== 'patient')) {
    return failed(400, 'not-supported', 'if-none-exist: identifier=<system>|<value> is expected');
  }
  const [system = '', ...rest] = value.split('|');
  const identifier = rest.length === 0 ? { system: null, value } : { system, value: rest.join('|') };
  const found = await store.withIdentifier(personId, identifier);
  if (found.length > 1) return failed(412, 'conflict', 'if-none-exist: several have this identifier');
  return done(found[0] ?? null);
}

/** What of it says how somebody is or was; null: nothing that counts. */
function sampleOf(observed: Observed, nowMs: number, lateAfterMs: number): PlacedSample | null {
  const atMs = instantMsOf(observed);
  if (!counts(observed.status) || atMs === null) return null;
  const vitals = vitalsOf(observed.measures);
  if (Object.keys(vitals).length === 0) return null;
  const recordedAtMs = Math.min(atMs, nowMs);
  const late = !isInstant(observed) || nowMs - recordedAtMs > lateAfterMs;
  return { recordedAtMs, vitals, doubts: doubtsOf(vitals), late, isSeen: isSeen(observed) };
}

/** Keeps what was prepared, all of it or nothing, and tells of what says how somebody is now. */
export async function place(
  { store, watch }: WritingParts,
  placings: readonly Placing[],
): Promise<Outcome<readonly { readonly isNew: boolean; readonly observation: StoredObservation }[]>> {
  const placement = await store.place(placings);
  if (!placement.ok) return { ok: false, failure: conflictOf(placement.why) };
  for (const [index, { step }] of placement.placed.entries()) {
    const placing = placings[index];
    if (!placing || step === 'same') continue;
    // A failure is not that of whoever sent it: what they said is kept.
    if (step === 'revise') void watch.retracted(placing.personId).catch(() => {});
    tell(watch, placing);
  }
  return done(placement.placed.map(({ step, observation }) => ({ isNew: step === 'create', observation })));
}

function tell(watch: FhirWatch, { sample, personId, receivedAtMs }: Placing): void {
  if (!sample || sample.late || Object.keys(believed(sample.vitals, sample.doubts)).length === 0) return;
  const told: Sample = { ...sample, personId, receivedAtMs, source: 'fhir' };
  watch.sampled(told);
}

const CONFLICTS: Readonly<Record<Conflict, readonly [number, string, IssueType?]>> = {
  other_person: [
    409,
    'it is kept of another patient: send that as entered-in-error, and this under another id',
  ],
  other_code: [409, 'it is kept as another vital sign: an identifier, or an id, is of one Observation'],
  older: [
    409,
    'a later status is kept: name its version by if-match to go back behind it, with PUT on its id',
  ],
  version: [412, 'if-match: another version is kept; read it, and decide again'],
  not_theirs: [403, 'somebody else said it: only they and professionals change it', 'forbidden'],
  taken: [409, 'id: something that is not changed by FHIR has it; name this by another one'],
};

export function conflictOf(why: Conflict): Failure {
  const [status, text, type = 'conflict'] = CONFLICTS[why];
  return { status, issues: [{ type, text }] };
}

/** An Observation as an answer. */
export function answerOf(observation: StoredObservation, patientId: string, status: number): Answer {
  const { id, version, updatedAtMs } = observation;
  return {
    status,
    resource: writeObservation({ ...observation, patientId, source: 'fhir', deviceId: null }),
    etag: `W/"${version}"`,
    location: `Observation/${id}/_history/${version}`,
    updatedAtMs,
  };
}
