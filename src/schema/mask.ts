/**
 * What becomes of a value in a masked copy.
 *
 * - `keep`: as it is: ids, times, kinds, numbers, settings.
 * - `null`: left out.
 * - `default`: what the new database gives by itself.
 * - `unusable`: other bytes, so that a secret which must not be missing opens nothing.
 * - `empty_json`: `{}`.
 * - `name`, `first_name`, …: a fake of this kind, the same wherever the same value stands.
 * - `birthday`: another day within the same five years.
 * - `words`: other words of about the same length.
 * - `place`: moved by up to 1.5 km, everything of one person in the same way (see {@link MaskedTable.person}).
 * - `event`: inside JSON the same: places moved, words replaced, ids, kinds and numbers kept.
 */
export type Mask =
  | 'keep'
  | 'null'
  | 'default'
  | 'unusable'
  | 'empty_json'
  | 'name'
  | 'first_name'
  | 'last_name'
  | 'email'
  | 'phone'
  | 'street'
  | 'city'
  | 'region'
  | 'postal_code'
  | 'organisation'
  | 'specialty'
  | 'licence'
  | 'birthday'
  | 'words'
  | 'place'
  | 'event';

export interface MaskedTable {
  /** Every column by name. */
  readonly columns: Readonly<Record<string, Mask>>;
  /** The column whose value places are moved by. */
  readonly person?: string;
}

/** Why a table stays empty. */
export interface LeftOut {
  readonly leftOut: string;
}

export const columns = (mask: Mask, names: string): Record<string, Mask> =>
  Object.fromEntries(names.split(' ').map((name) => [name, mask]));
export const keep = (names: string) => columns('keep', names);
export const leftOut = (why: string): LeftOut => ({ leftOut: why });

export const SECRETS = 'secrets, which open something elsewhere';
