import {
  type Answer,
  type BundleRequest,
  type ReadBundle,
  readBundle,
  refusalOf,
  responseBundle,
  within,
} from './bundle.ts';
import { readOne, search } from './finding.ts';
import type { Json } from './json.ts';
import { done, type Failure, failed, type Issue, type Outcome } from './operation-outcome.ts';
import type { Placing, StoredObservation } from './store.ts';
import type { Visit } from './visit.ts';
import { answerOf, type Prepared, place, prepare, type WritingParts } from './writing.ts';

/** One Observation, prepared and kept. */
export async function write(
  parts: WritingParts,
  visit: Visit,
  body: unknown,
  asked: Parameters<typeof prepare>[3],
): Promise<Outcome<Answer>> {
  const prepared = await prepare(parts, visit, body, asked);
  if (!prepared.ok) return prepared;
  const { patientId, existing, placings } = prepared.value;
  if (existing) return done(answerOf(existing, patientId, 200));
  const placed = await place(parts, placings);
  if (!placed.ok) return placed;
  const last = placed.value.at(-1);
  return last
    ? done(answerOf(last.observation, patientId, last.isNew ? 201 : 200))
    : failed(500, 'exception', 'nothing was kept');
}

/** A whole Bundle: of a batch each entry by itself, of a transaction all or nothing. */
export async function runBundle(parts: WritingParts, visit: Visit, body: unknown): Promise<Outcome<Json>> {
  const read = readBundle(body);
  if (!read.ok) return read;
  const answers =
    read.value.type === 'batch'
      ? done(await runBatch(parts, visit, read.value))
      : await runTransaction(parts, visit, read.value);
  return answers.ok ? done(responseBundle(read.value.type, answers.value)) : answers;
}

const UNAVAILABLE: Failure = {
  status: 503,
  issues: [{ type: 'transient', text: 'the store does not answer; send this entry again' }],
};

async function runBatch(parts: WritingParts, visit: Visit, { entries }: ReadBundle): Promise<Answer[]> {
  const answers: Answer[] = [];
  const room: Room = { left: FOUND_MAX };
  let isAway = false;
  for (const entry of entries) {
    let outcome: Outcome<Answer>;
    try {
      if (!entry.ok) outcome = entry;
      else if (isAway) outcome = { ok: false, failure: UNAVAILABLE };
      else outcome = await runRequest(parts, visit, entry.value, room);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'store_unavailable') throw error;
      // The rest would wait for as long, one after the other.
      isAway = true;
      outcome = { ok: false, failure: UNAVAILABLE };
    }
    answers.push(outcome.ok ? outcome.value : refusalOf(outcome.failure));
  }
  return answers;
}

/** What is found in one Bundle altogether. */
const FOUND_MAX = 1_000;

/** How many Observations the answer to one Bundle still has room for. */
interface Room {
  left: number;
}

function runRequest(
  parts: WritingParts,
  visit: Visit,
  request: BundleRequest,
  room: Room,
): Promise<Outcome<Answer>> {
  return request.method === 'GET'
    ? look(parts, visit, request, room)
    : write(parts, visit, request.resource, request);
}

async function look(
  { store }: WritingParts,
  visit: Visit,
  { id, query }: BundleRequest,
  room: Room,
): Promise<Outcome<Answer>> {
  if (room.left <= 0) {
    return failed(413, 'too-long', `the Bundle has found ${FOUND_MAX} Observations; ask for this in another`);
  }
  const seen =
    id === null
      ? await search(store, visit, new URLSearchParams(query ?? ''), room.left)
      : await readOne(store, visit, id, null);
  if (seen.ok) room.left -= foundIn(seen.value);
  return seen;
}

function foundIn({ resource }: Answer): number {
  return Array.isArray(resource?.entry) ? resource.entry.length : 1;
}

interface Written {
  readonly index: number;
  readonly request: BundleRequest;
  readonly prepared: Prepared;
}

/** Everything is checked first, so that its sender hears of all that is wrong; then it is kept in one transaction. */
async function runTransaction(
  parts: WritingParts,
  visit: Visit,
  { entries }: ReadBundle,
): Promise<Outcome<readonly Answer[]>> {
  const writes: Written[] = [];
  const looks: { index: number; request: BundleRequest }[] = [];
  const failures: Failure[] = [];
  for (const [index, entry] of entries.entries()) {
    if (!entry.ok) failures.push(within(entry.failure, index));
    else if (entry.value.method === 'GET') looks.push({ index, request: entry.value });
    else {
      const request = entry.value;
      const prepared = await prepare(parts, visit, request.resource, request);
      if (prepared.ok) writes.push({ index, request, prepared: prepared.value });
      else failures.push(within(prepared.failure, index));
    }
  }
  const twice = writes.find(
    ({ request }, place) =>
      request.id !== null && writes.slice(0, place).some((other) => other.request.id === request.id),
  );
  if (twice) failures.push(within(failed(400, 'invariant', 'the same id twice').failure, twice.index));
  if (failures.length > 0) return { ok: false, failure: together(failures) };
  const kept = await keepAll(parts, writes);
  if (!kept.ok) return kept;
  const answers: Answer[] = [];
  for (const [index, answer] of kept.value) answers[index] = answer;
  const room: Room = { left: FOUND_MAX };
  for (const { index, request } of looks) {
    const seen = await look(parts, visit, request, room);
    answers[index] = seen.ok ? seen.value : refusalOf(seen.failure);
  }
  return done(answers);
}

function together(failures: readonly Failure[]): Failure {
  const issues = failures.flatMap((failure): readonly Issue[] => failure.issues);
  const [first] = failures;
  const [issue, ...rest] = issues;
  return { status: first?.status ?? 400, issues: issue ? [issue, ...rest] : UNAVAILABLE.issues };
}

/** Whatever has members is kept behind the others, so that what it refers to has its id. */
async function keepAll(
  parts: WritingParts,
  writes: readonly Written[],
): Promise<Outcome<readonly (readonly [number, Answer])[]>> {
  const ordered = [...writes].sort((a, b) => Number(hasMembers(a)) - Number(hasMembers(b)));
  const placings: Placing[] = [];
  const places = new Map<Written, number>();
  for (const written of ordered) {
    const { prepared } = written;
    if (prepared.existing) continue;
    const shift = placings.length;
    for (const placing of prepared.placings) {
      const inside = [...placing.memberOf].map(([reference, at]) => [reference, at + shift] as const);
      const others = linksOf(placing, ordered, places);
      placings.push({
        ...placing,
        observed: { ...placing.observed, members: others.members },
        memberOf: new Map([...inside, ...others.memberOf]),
      });
    }
    places.set(written, placings.length - 1);
  }
  const placed = placings.length === 0 ? done([]) : await place(parts, placings);
  if (!placed.ok) return placed;
  return done(
    writes.map((written): readonly [number, Answer] => {
      const { patientId, existing } = written.prepared;
      if (existing) return [written.index, answerOf(existing, patientId, 200)];
      const { isNew, observation } = placed.value[places.get(written) ?? -1] as {
        readonly isNew: boolean;
        readonly observation: StoredObservation;
      };
      return [written.index, answerOf(observation, patientId, isNew ? 201 : 200)];
    }),
  );
}

const hasMembers = ({ prepared }: Written) =>
  prepared.placings?.some(({ observed }) => observed.members.length > 0) ?? false;

/** Which members of it are other entries of the same Bundle, by their `fullUrl`. */
function linksOf(
  { observed }: Placing,
  ordered: readonly Written[],
  places: ReadonlyMap<Written, number>,
): { readonly members: readonly string[]; readonly memberOf: readonly (readonly [string, number])[] } {
  const memberOf: (readonly [string, number])[] = [];
  const members = observed.members.map((reference) => {
    const other = ordered.find(({ request }) => isFor(reference, request.fullUrl));
    const at = other && places.get(other);
    if (at !== undefined) memberOf.push([reference, at]);
    return other?.prepared.existing ? `Observation/${other.prepared.existing.id}` : reference;
  });
  return { members, memberOf };
}

const isFor = (reference: string, fullUrl: string | null) =>
  fullUrl !== null && (reference === fullUrl || fullUrl.endsWith(`/${reference}`));
