import { expect, test } from 'vitest';
import { browserName, type PushAbilities, pushState } from './push.ts';

const able: PushAbilities = {
  hasServer: true,
  hasPush: true,
  isApple: false,
  isInstalled: false,
  permission: 'default',
  isOn: false,
};

test.each([
  ['nothing can be sent', { hasServer: false }, 'no_server'],
  ['an iPhone sends to installed pages only', { hasPush: false, isApple: true }, 'install_first'],
  ['a browser without it', { hasPush: false }, 'unsupported'],
  ['somebody said no once', { permission: 'denied' }, 'denied'],
  ['nobody has asked yet', {}, 'off'],
  ['it is allowed, but not for us', { permission: 'granted' }, 'off'],
  ['registered, and allowed', { permission: 'granted', isOn: true }, 'on'],
  ['registered once, and taken back since', { permission: 'denied', isOn: true }, 'denied'],
] as const)('%s', (_what, more, state) => {
  expect(pushState({ ...able, ...more })).toBe(state);
});

test('a browser is named as its person would', () => {
  const android = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36';
  expect(browserName(android)).toBe('Chrome (Android)');
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe(
    'Firefox (Linux)',
  );
  expect(browserName('something')).toBe('Browser');
});
