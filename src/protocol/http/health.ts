import { z } from 'zod';
import { overload, uuid } from '../fields.ts';

/** How the node does that answers, for dispatchers. */
export const nodeHealth = z.object({
  nodeId: uuid,
  /** Others that live, as far as it knows. */
  otherNodes: z.array(uuid),
  uptimeMs: z.number(),
  /** How much longer than a beat ago the log was read last; 0 while all is well. What other nodes did is that old here. */
  logSilentMs: z.number(),
  /** What it has to do without. `store`: the database does not answer; `redis`: nodes tell each other by the store, later; `stopping`: it ends. */
  missing: z.array(z.enum(['store', 'redis', 'stopping'])),
  /** How much of what can wait it gives up at the moment, and why. */
  overload,
});

export type NodeHealth = z.infer<typeof nodeHealth>;
