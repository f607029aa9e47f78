import { z } from 'zod';
import { ENGINES } from '../../lib/engine-health.ts';
import { overload, uuid } from '../fields.ts';

/** How the node does that answers, for dispatchers. */
export const nodeHealth = z.object({
  nodeId: uuid,
  /** Others that live, as far as it knows. */
  otherNodes: z.array(uuid),
  uptimeMs: z.number(),
  /** How much longer than a beat ago the log was read last; 0 while all is well. What other nodes did is that old here. */
  logSilentMs: z.number(),
  /** What it has to do without, and `stopping` when it is about to end. */
  missing: z.array(z.enum([...ENGINES, 'stopping'])),
  /** How much of what can wait it gives up at the moment, and why. */
  overload,
});

export type NodeHealth = z.infer<typeof nodeHealth>;
