import { timingSafeEqual } from 'node:crypto';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Tx } from '../store/db.ts';
import { emailOf } from './normal-form.ts';
import { codeHashOf, newCode } from './one-time.ts';
import type { PeopleContext } from './people-context.ts';
import { PROFILE, type ProfileRow } from './sql/profiles.ts';
import {
  type CodeRow,
  DROP_CODE,
  EMAIL_VERIFIED,
  LOCK_PHONE,
  PHONE_MOVED,
  PHONE_VERIFIED,
  SET_CODE,
  TRY_CODE,
} from './sql/proofs.ts';
import type { Principal } from './types.ts';

const CODE_LIFE_MS = 10 * 60_000;
/** One code a minute: an address is not to be flooded. */
const CODE_EVERY_MS = 60_000;
export const CODE_ATTEMPTS_MAX = 5;

export type Channel = 'email' | 'sms';

export interface Verification {
  /**
   * Sends a code to the address or number that the person has now. `rate_limited`: one was sent just now.
   * `channel_off`: nothing is set up here that could send it.
   */
  sendCode(
    by: Principal,
    channel: Channel,
  ): Promise<Result<null, 'not_found' | 'rate_limited' | 'channel_off'>>;
  /**
   * A number belongs to whoever proved it last: it is no longer verified for somebody else who had it.
   * `token_invalid`: wrong, too old, tried too often, or the address is another one by now.
   */
  proveAddress(by: Principal, channel: Channel, code: string): Promise<Result<null, 'token_invalid'>>;
}

export function openVerification(context: PeopleContext): Verification {
  const { channels, db, deliver, publicUrl } = context;
  return {
    async sendCode(by, channel) {
      if (!channels.includes(channel)) return refused('channel_off');
      return db.transaction(async (tx) => {
        const [profile] = await tx.query<ProfileRow>(PROFILE, [by.userId]);
        const address = channel === 'email' ? profile && emailOf(profile.email) : profile?.phone;
        if (!address) return refused('not_found');
        const code = newCode();
        const hash = codeHashOf(by.userId, address, code);
        const times = [CODE_LIFE_MS / 1_000, CODE_EVERY_MS / 1_000];
        const [set] = await tx.query(SET_CODE, [by.userId, channel, address, hash, ...times]);
        if (!set) return refused('rate_limited');
        await deliver(tx, {
          userId: by.userId,
          channel,
          recipient: address,
          subject: 'Your code for Muster',
          body: words(code, channel === 'email' ? publicUrl : null),
          lifeMs: CODE_LIFE_MS,
        });
        return ok(null);
      });
    },

    async proveAddress(by, channel, code) {
      // A transaction of its own: an attempt counts whatever happens afterwards.
      const [tried] = await db.query<CodeRow>(TRY_CODE, [by.userId, channel, CODE_ATTEMPTS_MAX]);
      if (!tried) return refused('token_invalid');
      const hash = codeHashOf(by.userId, tried.address, code.trim());
      if (!timingSafeEqual(hash, tried.code_hash)) return refused('token_invalid');
      return db.transaction(async (tx) => {
        const proof = [by.userId, tried.address];
        if (channel === 'sms') await takePhone(tx, proof);
        const [proved] = await tx.query(channel === 'email' ? EMAIL_VERIFIED : PHONE_VERIFIED, proof);
        await tx.query(DROP_CODE, [by.userId, channel]);
        return proved ? ok(null) : refused('token_invalid');
      });
    },
  };
}

async function takePhone(tx: Tx, [userId, phone]: readonly string[]): Promise<void> {
  await tx.query(LOCK_PHONE, [phone]);
  await tx.query(PHONE_MOVED, [userId, phone]);
}

/** The page asks to sign in first, so that a click alone proves nothing for an account that somebody else made. */
const words = (code: string, publicUrl: string | null) =>
  `${code} is your code for Muster. It is good for ten minutes.\n` +
  (publicUrl === null
    ? ''
    : `\nEnter it in the app, or here:\n\n${publicUrl}/email-verification#code=${code}\n`);
