import { type Observed, STATUSES, type Status } from './observation.ts';

/** What is kept of an Observation already. */
export interface Kept {
  readonly id: string;
  readonly personId: string;
  readonly version: number;
  readonly observed: Observed;
  /** The account that sent this version. */
  readonly saidBy: string;
}

/** What has to be done with one that comes in. */
export type Step = 'create' | 'same' | 'revise';

/**
 * Why it is refused: it is about somebody else, or about another vital sign; a newer state is kept; the version that was
 * named is not the newest; somebody else said it; what has this id is no Observation.
 */
export type Conflict = 'other_person' | 'other_code' | 'older' | 'version' | 'not_theirs' | 'taken';

export interface Incoming {
  readonly personId: string;
  readonly observed: Observed;
  readonly by: string;
  /** Professionals may change what others said, as they may retract what others wrote down. */
  readonly isProfessional: boolean;
  /** The version that its sender has seen; null: nothing is said. */
  readonly ifVersion: number | null;
}

/**
 * What an Observation that comes in does to the one that is kept (null: there is none). Integrations send again what they
 * are not sure of, in any order, so a state that others lead up to is not taken back by one of those: who means it names the
 * version they have seen.
 */
export function stepFor(kept: Kept | null, incoming: Incoming): Step | Conflict {
  const { personId, observed, ifVersion, by, isProfessional } = incoming;
  if (!kept) return ifVersion === null ? 'create' : 'version';
  if (kept.personId !== personId) return 'other_person';
  if (ifVersion !== null && ifVersion !== kept.version) return 'version';
  if (isSame(kept.observed, observed)) return 'same';
  if (kept.saidBy !== by && !isProfessional) return 'not_theirs';
  if (ifVersion !== null) return 'revise';
  // An identifier of a whole report would else leave only the last of what it holds.
  if (kept.observed.code !== observed.code) return 'other_code';
  return goesBack(kept.observed.status, observed.status) ? 'older' : 'revise';
}

const RANK: Readonly<Record<Status, number>> = {
  ...(Object.fromEntries(STATUSES.map((status, rank) => [status, rank])) as Record<Status, number>),
  // Both are later states of a final one, and either can follow the other.
  corrected: STATUSES.indexOf('amended'),
};

const goesBack = (from: Status, to: Status): boolean => RANK[to] < RANK[from];

/** The identifier stays as it first came. */
const isSame = (one: Observed, other: Observed): boolean => contentOf(one) === contentOf(other);

const contentOf = ({ status, code, effective, issued, measures, members, note, device }: Observed): string =>
  JSON.stringify([
    status,
    code,
    effective && [effective.kind, effective.start, effective.end],
    issued,
    measures.map(({ sign, value, absent }) => [sign, value, absent]),
    members,
    note,
    device,
  ]);
