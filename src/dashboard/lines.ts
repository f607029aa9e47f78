import type { SosView } from '../protocol/down.ts';
import { type Square, squareX, squareY } from './mercator.ts';

/** What a line says: somebody was asked, has said yes, is on the way, or is there. */
export const LINES = ['asked', 'accepted', 'under_way', 'there'] as const;

export interface Line {
  readonly sosId: string;
  readonly responderId: string;
  readonly what: (typeof LINES)[number];
  /** Where the SOS is. */
  readonly to: Square;
}

/** From everybody who was asked or comes to where they are wanted. */
export function linesOf(open: readonly SosView[]): Line[] {
  return open.flatMap(({ sosId, point, slots, asked = [] }) => {
    const to = { x: squareX(point.lng), y: squareY(point.lat) };
    const offers = asked.map(([, responderId]): Line => ({ sosId, responderId, what: 'asked', to }));
    const holders = slots.flatMap(({ holderId, departedAtMs, arrivedAtMs }): Line[] => {
      if (holderId === null) return [];
      const what = arrivedAtMs !== null ? 'there' : departedAtMs !== null ? 'under_way' : 'accepted';
      return [{ sosId, responderId: holderId, what, to }];
    });
    return [...offers, ...holders];
  });
}
