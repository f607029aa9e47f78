interface CloseCode {
  readonly code: number;
  /** Whether a client may come back by itself, and how long it waits at least. */
  readonly comeBack: 'never' | 'with_fresh_token' | 'after_backoff' | 'at_once';
  readonly text: string;
}

const row = (code: number, comeBack: CloseCode['comeBack'], text: string): CloseCode => ({
  code,
  comeBack,
  text,
});

/**
 * Why the server closed a socket, and whether and when to come back. 1006 is never sent: it is what a client sees
 * when the connection broke or the frame was not WebSocket at all; it comes back after a backoff.
 */
export const CLOSE_CODES = {
  normal: row(1000, 'never', 'The client asked for it.'),
  undecodable: row(1007, 'after_backoff', 'A frame could not be decoded at all.'),
  policy: row(1008, 'never', 'The first frame was not a hello.'),
  too_large: row(1009, 'after_backoff', 'A frame was larger than the limit.'),
  restart: row(1012, 'after_backoff', 'The node is stopping; bye says how long to wait.'),
  overload: row(1013, 'after_backoff', 'The node has no room for this socket.'),
  token_expired: row(4001, 'with_fresh_token', 'The token has expired.'),
  token_invalid: row(
    4003,
    'never',
    'The token was refused, or whom it stood for is suspended or signed out.',
  ),
  slow: row(
    4008,
    'at_once',
    'The client reads too slowly, or not at all (`deaf`); resume by number, nothing is lost.',
  ),
  silent: row(4009, 'at_once', 'Nothing was heard from the client for too long, or no first frame in time.'),
} as const satisfies Record<string, CloseCode>;

export type CloseName = keyof typeof CLOSE_CODES;

/** What a client does after a close, by code; an unknown code is treated as a broken connection. */
export function comeBack(code: number): CloseCode['comeBack'] {
  return Object.values(CLOSE_CODES).find((c) => c.code === code)?.comeBack ?? 'after_backoff';
}
