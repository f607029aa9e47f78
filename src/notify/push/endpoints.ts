import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '../../lib/networks.ts';

/** Where the browsers that there are get their messages from. A leading dot: and everything below. */
const SERVICES = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  '.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
];

/**
 * Which addresses a page may name for us to send to. A page could name anything, and a node stands where it can reach
 * what the page can not; so only push services that are known, or that the operator named, are sent to.
 */
export function endpointRule(origins: readonly string[]): (endpoint: string) => boolean {
  const named = new Set(origins);
  return (endpoint) => {
    if (!URL.canParse(endpoint)) return false;
    const { origin, protocol, hostname, port, username, password } = new URL(endpoint);
    if (username !== '' || password !== '') return false;
    if (named.has(origin)) return true;
    return protocol === 'https:' && port === '' && SERVICES.some((service) => isAt(hostname, service));
  };
}

const isAt = (hostname: string, service: string) =>
  service.startsWith('.')
    ? hostname.endsWith(service) && hostname.length > service.length
    : hostname === service;

/** Looks a name up and takes public addresses only: what stands behind a name is not ours to trust. */
export const publicOnly: LookupFunction = (hostname, options, answer) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error) {
      answer(error, '');
      return;
    }
    const [first, ...more] = found.filter(({ address }) => isPublicAddress(address));
    if (!first) answer(Object.assign(new Error('not a public address'), { code: 'ENOTPUBLIC' }), '');
    else if (options.all) answer(null, [first, ...more]);
    else answer(null, first.address, first.family);
  });
};
