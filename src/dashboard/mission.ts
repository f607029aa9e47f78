import type { SosView } from '../protocol/down.ts';

type Slot = SosView['slots'][number];

export type Step = 'depart' | 'arrive' | 'start' | 'resolve';

export interface Mission {
  readonly role: Slot['role'];
  /** How far they are. */
  readonly stage: 'accepted' | 'on_the_way' | 'there' | 'helping';
  /** What to do next, which gets the big button. */
  readonly next: Step;
  /** What may be done as well. */
  readonly also: readonly Step[];
  /** Others who come, the primary first. */
  readonly others: readonly Slot[];
}

/** Somebody's part in an SOS; null: they hold no slot of it, or it is over. */
export function missionOf(sos: SosView, userId: string): Mission | null {
  const mine = sos.slots.find(({ holderId }) => holderId === userId);
  if (!mine || sos.closedAtMs !== null) return null;
  const stage = stageOf(sos, mine);
  return {
    role: mine.role,
    stage,
    ...stepsAt(stage, mine),
    others: sos.slots.filter(({ holderId }) => holderId !== null && holderId !== userId),
  };
}

function stageOf(sos: SosView, slot: Slot): Mission['stage'] {
  if (slot.arrivedAtMs !== null) return sos.startedAtMs === null ? 'there' : 'helping';
  // Whoever helps is there, however it came to be known.
  if (sos.startedAtMs !== null && sos.acceptedBy === slot.holderId) return 'helping';
  return slot.departedAtMs === null ? 'accepted' : 'on_the_way';
}

function stepsAt(stage: Mission['stage'], { slot }: Slot): Pick<Mission, 'next' | 'also'> {
  switch (stage) {
    case 'accepted':
      return { next: 'depart', also: ['arrive'] };
    case 'on_the_way':
      return { next: 'arrive', also: [] };
    case 'there':
      // That help has begun is said by the primary.
      return slot === 1 ? { next: 'start', also: ['resolve'] } : { next: 'resolve', also: [] };
    case 'helping':
      return { next: 'resolve', also: [] };
  }
}

/** How an SOS stands for the person who raised it. */
export type Course = 'searching' | 'on_hold' | 'needs_human' | 'coming' | 'there' | 'helping' | 'over';

export function courseOf(sos: SosView): Course {
  if (sos.closedAtMs !== null) return 'over';
  const held = sos.slots.filter(({ holderId }) => holderId !== null);
  if (sos.startedAtMs !== null && held.length > 0) return 'helping';
  if (held.some(({ arrivedAtMs }) => arrivedAtMs !== null)) return 'there';
  if (held.length > 0) return 'coming';
  if (sos.holdUntilMs !== null) return 'on_hold';
  return sos.status === 'ESCALATED' ? 'needs_human' : 'searching';
}
