import { createHash, randomBytes, randomInt } from 'node:crypto';

const TOKEN_BYTES = 32;
const CODE_DIGITS = 6;

/** A token that nobody guesses, in letters that survive a link. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** What is kept of a token: it is random enough that a plain hash can't be turned back. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** A code that somebody types: short, so it may be tried only a few times. */
export const newCode = (): string => String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');

/** Bound to its person and address, so that a hash says nothing about anybody else's code. */
export const codeHashOf = (userId: string, address: string, code: string): Buffer =>
  createHash('sha256').update(`${userId}\n${address}\n${code}`).digest();
