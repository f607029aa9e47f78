import { z } from 'zod';

/** What anybody may know of a server, before they sign in. */
export const about = z.object({
  /** Of the emergency services where it is, to be dialled as it is. */
  emergencyNumber: z.string(),
  /** How long a call for help can be taken back before the page sends it. */
  sosCancelWindowMs: z.number(),
  /** A MapLibre style; null: the map is drawn from what the page brings along. */
  mapStyleUrl: z.string().nullable(),
  /** What a browser subscribes to Web Push with; null: this server wakes nobody. */
  pushPublicKey: z.string().nullable(),
});

export type About = z.infer<typeof about>;
