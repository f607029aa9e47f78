import { parentPort } from 'node:worker_threads';
import { hashSync, type Options, verifySync } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';

/** What a thread is asked, one at a time, and what it answers. */
export type HashingWork =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: Options }
  | { readonly kind: 'argon2' | 'bcrypt'; readonly stored: string; readonly password: string };

export type HashingAnswer = { readonly value: string | boolean } | { readonly error: string };

function done(work: HashingWork): string | boolean {
  switch (work.kind) {
    case 'hash':
      return hashSync(work.password, work.parameters);
    case 'argon2':
      return verifySync(work.stored, work.password);
    case 'bcrypt':
      return bcrypt.compareSync(work.password, work.stored);
  }
}

parentPort?.on('message', (work: HashingWork) => {
  let answer: HashingAnswer;
  try {
    answer = { value: done(work) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.name : 'unknown' };
  }
  parentPort?.postMessage(answer);
});
