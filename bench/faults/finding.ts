/** The promises that a history can break. */
export type Rule =
  /** Acknowledged, and not stored. */
  | 'lost'
  | 'done twice'
  | 'double holder'
  /** A gap, a repetition or a wrong order, or something shown that is not stored so. */
  | 'stream'
  | 'stuck'
  | 'dead offer'
  | 'slow recovery'
  | 'contradiction';

export interface Finding {
  readonly rule: Rule;
  /** When the client saw it, by the clock of the histories; null: the dump alone says it. */
  readonly monoMs: number | null;
  /** How many commands, fixes, numbers or SOS it is about. */
  readonly count: number;
  readonly sentence: string;
}

export const finding = (rule: Rule, monoMs: number | null, sentence: string, count = 1): Finding => ({
  rule,
  monoMs,
  count,
  sentence,
});
