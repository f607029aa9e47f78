import { parseArgs } from 'node:util';

export interface ProofOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Reads `[--rounds 6] [--seed N] [--json]`. Throws one sentence for anything else: no rounds at all would prove nothing. */
export function proofOptions(args: string[], nowMs: number): ProofOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '6' },
      seed: { type: 'string', default: `${nowMs % 1_000_000}` },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    json: values.json,
  };
}

/** A whole number from `least` on, or one sentence that says which option it is not. */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least))
    throw new Error(`${flag}: ${JSON.stringify(text)} is no whole number from ${least} on.`);
  return value;
}
