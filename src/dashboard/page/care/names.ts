import { type ReadonlySignal, signal } from '@preact/signals';
import type { CareTie } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import type { Session } from '../ui/open-session.ts';

const PAGE = 200;
/** Whoever is new on the wall is looked up, but not again and again where there is no name. */
const AGAIN_AFTER_MS = 10_000;

/** What those are called whom one cares for, and those who care with one. */
export interface Names {
  readonly changed: ReadonlySignal<number>;
  of(userId: string): string;
  /** The patient record behind somebody; null while it is not known. */
  patientIdOf(personId: string): string | null;
  /** Looks up whoever is not known yet. */
  want(personIds: readonly string[]): void;
  /** Who cares for somebody, with their names. */
  teamOf(personId: string): Promise<readonly CareTie[]>;
}

export function openNames(session: Session): Names {
  const changed = signal(0);
  const names = new Map<string, string>([[session.userId, t('care.you')]]);
  const patients = new Map<string, string>();
  let askedMs = Number.NEGATIVE_INFINITY;

  const read = async () => {
    for (let after: string | undefined; ; ) {
      const page = await session.act((token) =>
        session.http.patients.caredFor(token, { after, limit: PAGE }),
      );
      for (const { patientId, personId = patientId, name } of page) {
        patients.set(personId, patientId);
        if (name !== null) names.set(personId, name);
      }
      after = page.at(-1)?.patientId;
      if (page.length < PAGE || after === undefined) break;
    }
    changed.value += 1;
  };

  return {
    changed,
    of: (userId) => names.get(userId) ?? `${t('care.somebody')} ${shortId(userId)}`,
    patientIdOf: (personId) => patients.get(personId) ?? null,
    want: (personIds) => {
      const isKnown = personIds.every((id) => patients.has(id));
      if (isKnown || Date.now() - askedMs < AGAIN_AFTER_MS) return;
      askedMs = Date.now();
      // A wall without names is better than none; it is asked again with the next change.
      void read().catch(() => {});
    },
    teamOf: async (personId) => {
      const patientId = patients.get(personId) ?? personId;
      const team = await session.act((token) => session.http.patients.team(token, patientId));
      for (const { userId, name } of team)
        if (name !== null && userId !== session.userId) names.set(userId, name);
      changed.value += 1;
      return team;
    },
  };
}
