import { expect, test } from 'vitest';
import { limitsOf } from './locked-screen.ts';

const android = {
  userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/126',
  isInstalled: false,
  hasWakeLock: true,
  hasVibration: true,
  hasGeolocation: true,
};
const iphone = { ...android, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4)', hasVibration: false };

test('nobody is promised an alarm while the screen is locked', () => {
  for (const has of [android, iphone, { ...android, isInstalled: true }]) {
    expect(limitsOf(has)[0]).toBe('keep_open');
    expect(limitsOf(has)).toContain('no_position_when_locked');
    expect(limitsOf(has)).toContain('stock_app');
  }
});

test('an iPhone is quiet by its switch and does not vibrate, and is installed in another way', () => {
  expect(limitsOf(iphone)).toEqual(
    expect.arrayContaining(['silent_switch', 'no_vibration', 'install_apple']),
  );
  expect(limitsOf(android)).not.toContain('silent_switch');
  expect(limitsOf(android)).toContain('install');
});

test('what the browser can not do is said, and what is done already is not asked for', () => {
  const poor = limitsOf({ ...android, hasWakeLock: false, hasGeolocation: false, isInstalled: true });
  expect(poor).toEqual(['keep_open', 'no_position_at_all', 'screen_not_kept_on', 'stock_app']);
});
