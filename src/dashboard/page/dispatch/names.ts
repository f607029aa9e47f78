import { type ReadonlySignal, signal } from '@preact/signals';
import type { KnownPerson } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import type { Session } from '../ui/open-session.ts';

export interface Names {
  /** Their name, `you`, or the end of their id. Whoever is not known is looked up. */
  nameOf(id: string): string;
  /** Null: not known (yet). Looks nobody up. */
  known(id: string): KnownPerson | null;
  want(ids: Iterable<string>): void;
  readonly changed: ReadonlySignal<number>;
}

const AT_ONCE = 200;
const GATHER_MS = 80;

/** What people are called, looked up a few hundred at a time and kept for as long as the page is open. */
export function openNames({ act, http, userId }: Session): Names {
  const people = new Map<string, KnownPerson | null>();
  const changed = signal(0);
  const wanted = new Set<string>();
  let isDue = false;
  const lookUp = async () => {
    isDue = false;
    const ids = [...wanted].slice(0, AT_ONCE);
    for (const id of ids) wanted.delete(id);
    if (wanted.size > 0) soon();
    if (ids.length === 0) return;
    for (const id of ids) people.set(id, null);
    try {
      for (const person of await act((token) => http.sos.names(token, ids)))
        people.set(person.userId, person);
      changed.value += 1;
    } catch {
      // Asked again when somebody looks again.
      for (const id of ids) people.delete(id);
    }
  };
  const soon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(lookUp, GATHER_MS);
  };
  const want = (ids: Iterable<string>) => {
    for (const id of ids) if (!people.has(id) && id !== userId) wanted.add(id);
    if (wanted.size > 0) soon();
  };
  return {
    changed,
    want,
    known: (id) => people.get(id) ?? null,
    nameOf(id) {
      if (id === userId) return t('incident.you');
      // Read, so that what is drawn with it is drawn again when names come in.
      void changed.value;
      want([id]);
      return people.get(id)?.name ?? shortId(id);
    },
  };
}
