import type { SosState } from '../machine/state.ts';
import type { Done } from '../store.ts';

const LOOK_AGAIN_MS = 5_000;

/** Another node decides about it: looked at again in a moment, in case that node is gone then. */
export const leftToOthers = (state: SosState): Done => ({
  kind: 'done',
  before: state,
  state,
  outcome: { sosId: state.id },
  events: [],
  dueInMs: LOOK_AGAIN_MS,
  isProvisional: true,
});
