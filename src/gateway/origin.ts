/**
 * Whether a WebSocket handshake may come from where it says. Browsers always send `Origin`, and a page of somebody
 * else must not speak with our users' rights; a program outside a browser sends none. Compared exactly, so `null`,
 * another port, another case or a longer name are strangers.
 */
export function originAllowed(origin: string, host: string, listed: readonly string[]): boolean {
  if (origin === '') return true;
  if (listed.includes(origin)) return true;
  return host !== '' && (origin === `http://${host}` || origin === `https://${host}`);
}
