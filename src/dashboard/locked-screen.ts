import { isApple } from './places.ts';

/** What a browser can do, asked of it and not guessed from its name. */
export interface Abilities {
  readonly userAgent: string;
  /** Opened from the home screen, without the bars of the browser. */
  readonly isInstalled: boolean;
  readonly hasWakeLock: boolean;
  readonly hasVibration: boolean;
  readonly hasGeolocation: boolean;
}

/** A sentence of the panel, by its key in the strings. */
export type Limit =
  | 'keep_open'
  | 'screen_kept_on'
  | 'screen_not_kept_on'
  | 'no_position_when_locked'
  | 'no_position_at_all'
  | 'silent_switch'
  | 'no_vibration'
  | 'install'
  | 'install_apple'
  | 'stock_app';

/**
 * What a page can not do for a responder, for this very browser, the worst first. A page that sleeps hears nothing, so it
 * never says more than: keep it open.
 */
export function limitsOf(has: Abilities): Limit[] {
  const apple = isApple(has.userAgent);
  return [
    'keep_open',
    ...(has.hasGeolocation ? (['no_position_when_locked'] as const) : (['no_position_at_all'] as const)),
    has.hasWakeLock ? 'screen_kept_on' : 'screen_not_kept_on',
    ...(apple ? (['silent_switch'] as const) : []),
    ...(has.hasVibration ? [] : (['no_vibration'] as const)),
    ...(has.isInstalled ? [] : ([apple ? 'install_apple' : 'install'] as const)),
    'stock_app',
  ];
}
