import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { peopleIn } from '../../../story.ts';
import {
  type AskedFrom,
  askedFrom,
  asStream,
  type Incident,
  incidentOf,
  type Way,
  waysFrom,
} from '../../../time-machine.ts';
import { problemWords } from '../../session.ts';
import type { Desk } from '../desk.ts';

/** A past incident as far as it has been read. */
export interface Loaded {
  readonly state: 'loading' | 'there' | 'gone';
  readonly incident: Incident | null;
  readonly ways: readonly Way[];
  readonly asked: readonly AskedFrom[];
  /** Why there are no ways. */
  readonly problem: string | null;
}

const LOADING: Loaded = { state: 'loading', incident: null, ways: [], asked: [], problem: null };
const PAGE = 500;

/** Reads its log to the end, then the ways of those who came, which puts on record that somebody looked at them. */
export function useLoaded(desk: Desk, sosId: string): Signal<Loaded> {
  const loaded = useMemo(() => signal(LOADING), [sosId]);
  useEffect(() => {
    let isCurrent = true;
    const set = (next: Partial<Loaded>) => {
      if (isCurrent) loaded.value = { ...loaded.value, ...next };
    };
    const { act, http } = desk.store.session;
    const readLog = async (): Promise<Incident | null> => {
      const events = [];
      for (let after: number | null = 0; after !== null; ) {
        const from: number = after;
        const page = await act((token) => http.sos.timeline(token, sosId, { after: from, limit: PAGE }));
        events.push(...asStream(sosId, page.events));
        after = page.next;
      }
      desk.names.want(events.flatMap(peopleIn));
      return incidentOf(sosId, events);
    };
    const read = async () => {
      const incident = await readLog().catch(() => null);
      if (!incident) return set({ state: 'gone' });
      set({ state: 'there', incident });
      try {
        const geoJson = await act((token) => http.sos.geoJson(token, sosId));
        set({ ways: waysFrom(geoJson), asked: askedFrom(geoJson) });
      } catch (error) {
        set({ problem: problemWords(error) });
      }
    };
    void read();
    return () => {
      isCurrent = false;
    };
  }, [sosId]);
  return loaded;
}
