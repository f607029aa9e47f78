import { type Signal, signal } from '@preact/signals';
import type { ResponderState } from '../../../fleet.ts';

/** What the dispatcher has set on the map. */
export interface MapState {
  readonly label: string;
  readonly isHeatOn: Signal<boolean>;
  readonly hidden: Signal<readonly ResponderState[]>;
  /** The responder that was pointed at. */
  readonly pickedId: Signal<string | null>;
  readonly isFollowing: Signal<boolean>;
  readonly isReady: Signal<boolean>;
  /** Why the style of the operator could not be had. */
  readonly problem: Signal<string | null>;
}

export const mapState = (label: string): MapState => ({
  label,
  isHeatOn: signal(false),
  hidden: signal([]),
  pickedId: signal(null),
  isFollowing: signal(false),
  isReady: signal(false),
  problem: signal(null),
});
