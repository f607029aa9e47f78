import type { Page } from 'playwright-core';

/** What a page must not do, as sentences; empty is good. */
export interface Guard {
  readonly faults: readonly string[];
  /** Console errors that match are expected from now on: what the browser itself says of an answer or a lost connection. */
  allow(pattern: RegExp): void;
}

/** What browsers say in the console of a server that is away; expected while a test restarts it. */
export const SERVER_AWAY =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection/;

/** What they say of an answer that is a refusal. */
export const REFUSED = /the server responded with a status of 4\d\d/;

/** Watches a page for errors, violations of its policy and requests that leave its origin. */
export function guard(page: Page, origin: string): Guard {
  const faults: string[] = [];
  const allowed: RegExp[] = [];
  const isAllowed = (text: string) => allowed.some((pattern) => pattern.test(text));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !isAllowed(text)) faults.push(`console: ${text}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) faults.push(`left the origin: ${url}`);
  });
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(`${origin.replace('http', 'ws')}/`))
      faults.push(`left the origin: ${socket.url()}`);
  });
  return { faults, allow: (pattern) => allowed.push(pattern) };
}
