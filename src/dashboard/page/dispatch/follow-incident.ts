import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type SosView, sosAfter, sosCreated } from '../../../client/index.ts';
import type { StreamEvent } from '../../../protocol/down.ts';
import { type Asked, askedAfter, type Climb, climbAfter, NO_LADDER, NOBODY_ASKED } from '../../candidates.ts';
import { peopleIn } from '../../story.ts';
import type { Desk } from './desk.ts';

/** One SOS with everything that happened in it, as it grows. */
export interface IncidentLive {
  readonly events: readonly StreamEvent[];
  /** Null: not read yet. */
  readonly sos: SosView | null;
  readonly asked: Asked;
  readonly climb: Climb;
  /** There is none, or not for this person. */
  readonly isMissing: boolean;
}

const NOTHING: IncidentLive = {
  events: [],
  sos: null,
  asked: NOBODY_ASKED,
  climb: NO_LADDER,
  isMissing: false,
};

/** Follows it from its first event for as long as the component is there. Drawn at most once per frame. */
export function useIncident(desk: Desk, sosId: string): Signal<IncidentLive> {
  const shown = useMemo(() => signal(NOTHING), [sosId]);
  useEffect(() => {
    let now = NOTHING;
    let due: number | null = null;
    const change = (next: IncidentLive) => {
      now = next;
      due ??= requestAnimationFrame(() => {
        due = null;
        shown.value = now;
      });
    };
    const happened = (event: StreamEvent) => {
      desk.names.want(peopleIn(event));
      change(after(now, event, sosId));
    };
    const subscription = desk.store.client.subscribe(
      `sos:${sosId}`,
      {
        onEvent: happened,
        onProvisional: happened,
        // Only where the beginning is not kept any more.
        onSnapshot: ({ view }) => {
          if ('status' in view) change({ ...now, sos: view });
        },
        onEnd: () => change({ ...now, isMissing: true }),
      },
      0,
    );
    return () => {
      subscription.unsubscribe();
      if (due !== null) cancelAnimationFrame(due);
    };
  }, [sosId]);
  return shown;
}

function after({ events, sos, asked, climb }: IncidentLive, event: StreamEvent, sosId: string): IncidentLive {
  return {
    events: [...events, event],
    sos: event.type === 'sos.created' ? sosCreated(sosId, event) : sos && sosAfter(sos, event),
    asked: askedAfter(asked, event),
    climb: climbAfter(climb, event),
    isMissing: false,
  };
}
