import { z } from 'zod';
import { atMs, degraded, grant, overload, seq, uuid } from './fields.ts';

const token = z.string().min(1).max(3_000);
const resumeToken = z.string().min(1).max(2_500);

/** The token is never in the URL, where proxies would log it. */
export const hello = z
  .strictObject({
    token: token
      .optional()
      .describe(
        'the access token from signing in over HTTP, or the credential of a paired device; may be left out beside a `resume`',
      ),
    resume: resumeToken
      .optional()
      .describe(
        'the newest `token` of a `resume` frame of this person; with it coming back costs the server little',
      ),
    urgent: z
      .literal(true)
      .optional()
      .describe(
        "somebody's SOS hangs on this connection: a call for help waits to be sent, or one is followed",
      ),
    client: z
      .string()
      .max(64)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'control characters are not allowed')
      .describe('name and version of the program, for the operator'),
    device: z
      .strictObject({
        id: uuid.describe('chosen once by the installation'),
        epoch: uuid.describe('made anew whenever the store of unacknowledged samples is made anew'),
        epochs: z
          .strictObject({ vitals: uuid.optional(), alarm: uuid.optional() })
          .optional()
          .describe(
            'the epochs of other lanes, where they are not the same as `epoch`, which is of `telemetry`',
          ),
      })
      .optional()
      .describe('present when this socket will send telemetry'),
  })
  .describe(
    'The first frame: who is here. Answered with `welcome`, or with `error` and a close code: 4001 also when `resume` came alone and can not be taken, 1013 when more come than the node lets in at once.',
  );

export const welcome = z
  .object({
    userId: uuid.describe('whose token it was; the own inbox is `inbox:<userId>`'),
    grants: z.array(grant).describe('what this person may be here'),
    nodeId: uuid.describe('the node that answers, for reports to the operator'),
    wireVersion: z.number().int().describe('the version of this document that the node speaks'),
    nowMs: atMs.describe("the server's clock"),
    tokenExpiresAtMs: atMs.describe('the socket is closed with 4001 then; send `renew` before that'),
    limits: z.record(z.string(), z.number()).describe('the table of limits as this node has set them'),
    telemetryAckedSeq: seq
      .nullable()
      .describe(
        'everything up to it is committed for this device and epoch: go on with the next; null: not looked up, go on where you were',
      ),
    ackedSeqs: z
      .object({ vitals: seq.nullable(), alarm: seq.nullable() })
      .optional()
      .describe('the same of the other lanes'),
    overload: overload.optional().describe('absent: the node gives up nothing'),
    degraded: degraded.optional().describe('what the node has to do without; absent: nothing'),
  })
  .describe('The answer to a good `hello`. From here on every kind may be sent.');

export const renew = z
  .strictObject({ token: token.describe('a fresh access token of the same person') })
  .describe(
    'Puts a fresh token in the place of the one the socket was opened with. Answered with `renewed`, or with `error`: then the old one counts on.',
  );

export const renewed = z
  .object({
    tokenExpiresAtMs: atMs.describe('the socket is closed with 4001 then; send `renew` before that'),
    grants: z.array(grant).describe('what this person may be here from now on'),
  })
  .describe('The answer to `renew`. Comes unasked too, when what this person may do was changed.');

export const resume = z
  .object({
    token: resumeToken.describe('to be kept in memory, and sent in the next `hello`'),
    forMs: z.number().int().min(0).describe('how long it is good from now on'),
  })
  .describe(
    'Lets this person come back without being looked up: the newest one counts. Comes after `welcome`, after `renewed`, and every so often.',
  );

export const heartbeat = z
  .strictObject({
    sentAtMs: atMs.describe("the sender's clock"),
    echoMs: atMs.optional().describe('the `sentAtMs` that is being answered'),
  })
  .describe(
    'A sign of life from either side, at least every `heartbeatMs`. The server answers each one that has no `echoMs`.',
  );

/** Of the server; like everything that it sends it may say more than is known. */
export const heartbeatDown = heartbeat
  .extend({
    overload: overload.optional().describe('absent: the node gives up nothing'),
    degraded: degraded.optional().describe('what the node has to do without; absent: nothing'),
  })
  .strip()
  .describe(heartbeat.description ?? '');

export const bye = z
  .object({
    closeCode: z.number().int().describe('the code that the socket will be closed with'),
    retryAfterMs: z.number().int().min(0).nullable().describe('null: do not come back by yourself'),
  })
  .describe(
    'The server is about to close this socket: why, and how long to stay away. Counts even when the code is lost.',
  );

export const locate = z
  .object({ reason: z.literal('dispatch') })
  .describe(
    'Somebody nearby needs help: send a fresh fix now, without a sound. Nothing is asked of the person yet.',
  );
