import { type Answer, searchBundle } from './bundle.ts';
import type { Json } from './json.ts';
import { done, failed, type Outcome } from './operation-outcome.ts';
import { type Origin, originOf, type SampleRow, shownOf, tagOf } from './samples.ts';
import { COUNT_MAX, type Place, readSearch, type Search, writePlace } from './search.ts';
import type { FoundRow, FoundRows, ObservationStore } from './store.ts';
import { patientIdOf, type Visit } from './visit.ts';
import { type Shown, writeObservation } from './write-observation.ts';
import { answerOf } from './writing.ts';

const NOTHING = 'there is no such Observation for you';

/** One Observation by its id; a version of it, when one is asked for. */
export async function readOne(
  store: ObservationStore,
  visit: Visit,
  id: string,
  version: string | null,
): Promise<Outcome<Answer>> {
  const nothing = failed(404, 'not-found', NOTHING);
  const origin = originOf(id.toLowerCase());
  if (!origin || (version !== null && !/^\d{1,9}$/.test(version))) return nothing;
  if (origin.kind === 'observation') {
    const kept = await store.observation(origin.id, version === null ? null : Number(version));
    const person = kept && (await visit.person(kept.personId, 'read'));
    return person ? done(answerOf(kept, patientIdOf(person), 200)) : nothing;
  }
  const row = version === null || version === '1' ? await rowOf(store, origin) : null;
  const person = row && (await visit.person(row.personId, 'read'));
  const [shown] = person ? shownOf(row, patientIdOf(person), new Set([origin.code])) : [];
  if (!shown) return nothing;
  const { updatedAtMs } = shown;
  return done({ status: 200, resource: writeObservation(shown), etag: 'W/"1"', updatedAtMs });
}

async function rowOf(
  store: ObservationStore,
  origin: Exclude<Origin, { kind: 'observation' }>,
): Promise<SampleRow | null> {
  if (origin.kind === 'record') return store.record(origin.recordId);
  const rows = await store.samplesAt(origin.personId, origin.recordedAtMs);
  return rows.find((row) => tagOf(row) === origin.tag) ?? null;
}

/** A page of what is known of one patient, of at most `room` Observations; the rest is on the next. */
export async function search(
  store: ObservationStore,
  visit: Visit,
  query: URLSearchParams,
  room: number = COUNT_MAX,
): Promise<Outcome<Answer>> {
  const read = readSearch(query, visit.nowMs);
  if (!read.ok) return read;
  const asked = { ...read.value, count: Math.min(read.value.count, room) };
  const person = await visit.person(asked.patient, 'read');
  if (!person) return failed(404, 'not-found', 'patient: there is no such patient for you');
  // A row more than are shown leads on, and the one that the page before ended in can be used up.
  const limit = asked.count + 2;
  const found: FoundRows =
    asked.codes?.size === 0
      ? { rows: [], horizon: null }
      : await store.find({ ...asked, personId: person.personId, limit });
  const page = pageOf(found, asked, patientIdOf(person));
  return done({ status: 200, resource: bundleOf(page, visit.base, query) });
}

interface Page {
  readonly shown: readonly Shown[];
  readonly next: Place | null;
}

/** Behind every Observation that a row can hold. */
const USED_UP = 99;

/** Rows become Observations, as many as are asked for; the place says how many of the last row were shown. */
function pageOf({ rows, horizon }: FoundRows, asked: Search, patientId: string): Page {
  const shown: Shown[] = [];
  for (const row of rows) {
    const all = shownIn(row, asked, patientId);
    const isBegun = row.atMs === asked.from?.atMs && row.key === asked.from.key;
    const skip = isBegun ? (asked.from?.skip ?? 0) : 0;
    const room = asked.count - shown.length;
    shown.push(...all.slice(skip, skip + room));
    if (all.length > skip + room) {
      return { shown, next: { atMs: row.atMs, key: row.key, skip: skip + room } };
    }
  }
  return { shown, next: horizon && { ...horizon, skip: USED_UP } };
}

function shownIn(row: FoundRow, { codes }: Search, patientId: string): readonly Shown[] {
  if ('sample' in row) return shownOf(row.sample, patientId, codes);
  return [{ ...row.observation, patientId, source: 'fhir', deviceId: null }];
}

function bundleOf({ shown, next }: Page, base: string, query: URLSearchParams): Json {
  const onward = new URLSearchParams(query);
  if (next) onward.set('_page', writePlace(next));
  return searchBundle(shown.map(writeObservation), {
    base,
    self: String(query),
    next: next && String(onward),
  });
}
