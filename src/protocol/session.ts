import { z } from 'zod';
import { atMs, grant, seq, uuid } from './fields.ts';

/** The first frame. The token is never in the URL, where proxies would log it. */
export const hello = z.strictObject({
  token: z.string().min(1).max(3_000),
  client: z.string().max(64).describe('name and version of the program, for the operator'),
  device: z
    .strictObject({
      id: uuid.describe('chosen once by the installation'),
      epoch: uuid.describe('made anew whenever the store of unacknowledged samples is made anew'),
    })
    .optional()
    .describe('present when this socket will send telemetry'),
});

export const welcome = z.strictObject({
  userId: uuid,
  grants: z.array(grant),
  nodeId: uuid,
  wireVersion: z.number().int(),
  nowMs: atMs.describe("the server's clock"),
  tokenExpiresAtMs: atMs,
  limits: z.record(z.string(), z.number()),
  telemetryAckedSeq: seq.describe(
    'everything up to it is committed for this device and epoch; send on from the next',
  ),
});

/** Either side, at least every `heartbeatMs`. The server answers each of the client's, echoing `sentAtMs`. */
export const heartbeat = z.strictObject({
  sentAtMs: atMs.describe("the sender's clock"),
  echoMs: atMs.optional().describe('the `sentAtMs` that is being answered'),
});

/** The server is about to close this socket: why, and how long to stay away. */
export const bye = z.strictObject({
  closeCode: z.number().int(),
  retryAfterMs: z.number().int().min(0).nullable().describe('null: do not come back by yourself'),
});
