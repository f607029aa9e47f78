import type { AppFix } from '../apps/app-message.ts';

/** One record of a file that is imported, with the line on which it begins. */
export type ImportRow =
  | { readonly line: number; readonly fix: AppFix }
  | { readonly line: number; readonly fix: null; readonly problem: string }
  /** Something that is no position, and no fault. */
  | { readonly line: number; readonly fix: null; readonly problem: null };

export const refusedRow = (line: number, problem: string): ImportRow => ({ line, fix: null, problem });
export const otherRow = (line: number): ImportRow => ({ line, fix: null, problem: null });

/** What nothing is known of. */
export const UNKNOWN = {
  accuracyM: null,
  speedMps: null,
  headingDeg: null,
  altitudeM: null,
  batteryPct: null,
  messageId: null,
  isMock: false,
} as const;
