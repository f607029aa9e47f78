import { z } from 'zod';
import { uuid } from './fields.ts';

interface WireError {
  /** Stable number, for logs and clients in other languages. */
  readonly number: number;
  readonly http: number;
  /** Whether sending the same again, unchanged, can succeed. */
  readonly retryable: boolean;
  readonly text: string;
  readonly advice: string;
}

const row = (number: number, http: number, retryable: boolean, text: string, advice: string): WireError => ({
  number,
  http,
  retryable,
  text,
  advice,
});

/** Every error that a client can be told, over the socket and over HTTP. */
export const ERRORS = {
  bad_frame: row(
    100,
    400,
    false,
    'The message does not fit the protocol.',
    'Mend the named field; the socket stays open unless a bye follows.',
  ),
  unknown_kind: row(101, 400, false, 'There is no message of this kind.', 'Use a kind of this wire version.'),
  too_large: row(
    102,
    413,
    false,
    'The message is larger than the limit.',
    'Split it; limits are stated in welcome.',
  ),
  not_authenticated: row(103, 401, false, 'Nobody is signed in here yet.', 'Send hello with a token first.'),
  already_authenticated: row(
    104,
    409,
    false,
    'This socket is already signed in.',
    'Open another socket for another person.',
  ),
  bad_request: row(
    105,
    400,
    false,
    'The request does not fit what is expected here.',
    'Mend the named field and send it again.',
  ),
  not_found: row(
    106,
    404,
    false,
    'There is nothing here for you.',
    'Check the address and what you are entitled to.',
  ),
  token_invalid: row(110, 401, false, 'The token is not valid.', 'Sign in again.'),
  token_expired: row(111, 401, false, 'The token has expired.', 'Get a fresh token and connect again.'),
  credentials_wrong: row(
    112,
    401,
    false,
    'E-mail or password is wrong.',
    'Check both, or reset the password.',
  ),
  second_factor_required: row(
    118,
    401,
    false,
    'A code from your authenticator is needed.',
    'Sign in again with a fresh code, or a recovery code; without an authenticator set one up at /second-factor.',
  ),
  account_suspended: row(113, 403, false, 'This account is suspended.', 'Ask an administrator.'),
  forbidden: row(
    114,
    403,
    false,
    'You are not entitled to this.',
    'Ask an administrator for the grant that it needs.',
  ),
  email_taken: row(
    115,
    409,
    false,
    'This e-mail address can not be registered.',
    'Sign in, or use another address.',
  ),
  setup_done: row(117, 409, false, 'The first administrator already exists.', 'Sign in with that account.'),
  in_open_sos: row(
    119,
    409,
    false,
    'This person is in an open SOS.',
    'Close the SOS, or withdraw from it, first.',
  ),
  sos_not_found: row(120, 404, false, 'There is no such SOS for you.', 'Check its id.'),
  sos_closed: row(
    121,
    409,
    false,
    'This SOS is already closed.',
    'Nothing more to do; raise a new one if help is needed.',
  ),
  sos_wrong_state: row(
    122,
    409,
    false,
    'This SOS is not in a state that allows it.',
    'Read its current state first.',
  ),
  offer_not_found: row(123, 404, false, 'There is no such offer for you.', 'Check its id.'),
  offer_filled: row(
    124,
    409,
    false,
    'Somebody else was first; the slot is filled. Thank you.',
    'Nothing more to do.',
  ),
  offer_closed: row(125, 409, false, 'This offer is no longer open.', 'Wait for the next one.'),
  already_holding: row(126, 409, false, 'You already hold another SOS.', 'Finish or withdraw from it first.'),
  not_holder: row(127, 403, false, 'You do not hold a slot of this SOS.', 'Accept an offer first.'),
  not_eligible: row(
    128,
    403,
    false,
    'You can not take this SOS at the moment.',
    'Check verification and availability.',
  ),
  channel_off: row(
    129,
    501,
    false,
    'Nothing is set up here that could send this message.',
    'Ask the operator to set up mail or SMS.',
  ),
  sos_held: row(
    131,
    409,
    false,
    'A dispatcher keeps this SOS on hold.',
    'Wait to be asked again, or ask the dispatcher.',
  ),
  sos_changed: row(
    130,
    409,
    false,
    'Somebody has changed this SOS since you looked at it.',
    'Look at `sos`, how it stands now, and decide again.',
  ),
  feedback_given: row(
    135,
    409,
    false,
    'Something was already said of this person’s help in this SOS.',
    'Nothing more to do: it is said once.',
  ),
  places_off: row(
    160,
    501,
    false,
    'Nothing is set up here in which places could be looked up.',
    'Set the point on the map, or ask the operator for a list of places.',
  ),
  not_on_shift: row(161, 409, false, 'You have no shift that is open.', 'Begin one first.'),
  owns_open_sos: row(
    162,
    409,
    false,
    'Open SOS belong to you, and nobody would look after them.',
    'Hand your shift over to another dispatcher.',
  ),
  not_dispatcher: row(163, 409, false, 'They are no dispatcher.', 'Choose somebody who has the grant.'),
  thresholds_changed: row(
    175,
    409,
    false,
    'Somebody else has set something for this person meanwhile.',
    'Read what is set now, and decide again.',
  ),
  consent_refused: row(
    180,
    409,
    false,
    'Nothing was connected: the provider was not allowed to, or this way back is not open any more.',
    'Connect again, signed in as the same person.',
  ),
  connection_inactive: row(
    181,
    409,
    false,
    'Nothing is read of this connection.',
    'Activate it, or connect again when it needs your consent.',
  ),
  provider_unreachable: row(
    182,
    502,
    false,
    'The provider does not answer as expected.',
    'Connect again later; tell the operator if it persists.',
  ),
  alert_closed: row(
    170,
    409,
    false,
    'This alert is over.',
    'Look at `alert`, how it stands now; what is found from now on is another one.',
  ),
  alert_sos_not_pending: row(
    171,
    409,
    false,
    'No SOS is waiting to be opened for this alert.',
    'Look at `alert`; an SOS that was opened is cancelled as an SOS.',
  ),
  record_changed: row(
    190,
    409,
    false,
    'Somebody has changed this record since you read it.',
    'Read it again, and decide on what it says now.',
  ),
  record_exists: row(
    191,
    409,
    false,
    'There is such a record already.',
    'Change that one, or say something else in the named field.',
  ),
  time_taken: row(192, 409, false, 'That time is taken already.', 'Choose another time.'),
  step_not_allowed: row(
    193,
    409,
    false,
    'Where this record stands, that is not the next step.',
    'Read it again; `detail` names the steps that are open.',
  ),
  rate_limited: row(
    140,
    429,
    true,
    'Too many of these in a short time.',
    'Wait for retryAfterMs, then send it again.',
  ),
  busy: row(
    141,
    503,
    true,
    'The server has no room for this now.',
    'Wait for retryAfterMs, then send it again.',
  ),
  store_unavailable: row(
    142,
    503,
    true,
    'The store does not answer; whether it was kept is not known.',
    'Send it again with the same id.',
  ),
  internal: row(
    150,
    500,
    true,
    'Something failed on the server.',
    'Send it again with the same id; tell the operator if it persists.',
  ),
} as const satisfies Record<string, WireError>;

export type ErrorCode = keyof typeof ERRORS;

export const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

export const error = z
  .object({
    id: uuid.nullable().describe('the command this answers; null when the frame had none'),
    code: errorCode.describe('see "Errors"'),
    number: z.number().int().describe('the same as a number'),
    retryable: z.boolean().describe('whether sending the same again, unchanged, can succeed'),
    text: z.string().describe('for people'),
    advice: z.string().describe('what to do about it'),
    detail: z.string().optional().describe('which field, which rule'),
    stream: z.string().optional().describe('the stream it is about; it is not subscribed to (any more)'),
    sos: z.unknown().optional().describe('for dispatchers: how the SOS stands now, as in a snapshot'),
    alert: z.unknown().optional().describe('how the alert stands now, as on `inbox:<user id>`'),
    retryAfterMs: z.number().int().optional().describe('how long to wait first'),
  })
  .describe('The answer to a frame that was refused. The socket stays open unless `bye` follows.');

/** The body of an error frame or of an HTTP error answer. */
export function errorBody(
  code: ErrorCode,
  extra: Partial<z.infer<typeof error>> = {},
): z.infer<typeof error> {
  const { number, retryable, text, advice } = ERRORS[code];
  return { id: null, code, number, retryable, text, advice, ...extra };
}
