/** What a browser and a server can do about waking somebody, asked of both. */
export interface PushAbilities {
  /** The server has keys to send with. */
  readonly hasServer: boolean;
  readonly hasPush: boolean;
  readonly isApple: boolean;
  readonly isInstalled: boolean;
  readonly permission: 'default' | 'granted' | 'denied';
  /** This browser is registered. */
  readonly isOn: boolean;
}

export type PushState = 'no_server' | 'install_first' | 'unsupported' | 'denied' | 'off' | 'on';

/** Where somebody stands with notifications, in the one word that says what they can do about it. */
export function pushState(has: PushAbilities): PushState {
  if (!has.hasServer) return 'no_server';
  // On iPhones only what was put on the home screen may send any.
  if (!has.hasPush) return has.isApple && !has.isInstalled ? 'install_first' : 'unsupported';
  if (has.permission === 'denied') return 'denied';
  return has.isOn && has.permission === 'granted' ? 'on' : 'off';
}

/** How its person will know this browser again among others. */
export function browserName(userAgent: string): string {
  const program =
    [
      ['Edg', 'Edge'],
      ['Firefox', 'Firefox'],
      ['Chrome', 'Chrome'],
      ['Safari', 'Safari'],
    ].find(([mark = '']) => userAgent.includes(mark))?.[1] ?? 'Browser';
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'].find((name) =>
    userAgent.includes(name),
  );
  return system ? `${program} (${system})` : program;
}
