/**
 * The version of the wire. It rises whenever old code would not understand a message of new code; the schema hash
 * in `version.test.ts` fails when a message changes shape, so that this is decided and not overlooked.
 *
 * - 1: the first version.
 */
export const WIRE_VERSION = 1;

/** The same messages in two encodings; the WebSocket subprotocol names which. */
export const SUBPROTOCOLS = { msgpack: 'muster.v1.msgpack', json: 'muster.v1.json' } as const;

export type Encoding = keyof typeof SUBPROTOCOLS;
