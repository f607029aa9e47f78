/** The outcome of something that input can make fail: a value, or a code from the error table. */
export type Result<T, Code extends string> = Ok<T> | Refused<Code>;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Refused<Code extends string> {
  readonly ok: false;
  readonly code: Code;
  /** What exactly was wrong, in words safe to show to the sender. */
  readonly detail?: string;
}

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });

export const refused = <Code extends string>(code: Code, detail?: string): Refused<Code> =>
  detail === undefined ? { ok: false, code } : { ok: false, code, detail };
