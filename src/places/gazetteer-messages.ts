import type { Place } from './types.ts';

/** What the thread that holds the list is asked … */
export interface Asked {
  readonly id: number;
  readonly words: string;
  readonly limit: number;
}

/** … and what it tells. */
export type Told =
  | { readonly kind: 'read'; readonly places: number; readonly skipped: number }
  | { readonly kind: 'problem'; readonly sentence: string }
  | { readonly kind: 'found'; readonly id: number; readonly places: readonly Place[] };
