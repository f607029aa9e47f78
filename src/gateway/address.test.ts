import { describe, expect, test } from 'vitest';
import { inNetworks } from '../lib/networks.ts';
import { addressText, clientAddress } from './address.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['0000:0000:0000:0000:0000:ffff:c000:0207', '192.0.2.7'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:0db8:0000:0000:0000:0000:0000:0001'],
])('%s is written as %s', (given, text) => {
  expect(addressText(new TextEncoder().encode(given).buffer)).toBe(text);
});

describe('who is asking', () => {
  const proxies = inNetworks(['10.0.0.0/30']);
  test.each([
    ['is the peer when it is no proxy of ours', '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    ['is whom the proxy saw', '10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['is whom the outermost proxy of ours saw', '10.0.0.1', '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['is the proxy when it names nobody', '10.0.0.1', '', '10.0.0.1'],
    ['is who it is without the port that some proxies add', '10.0.0.1', '1.1.1.1:4711', '1.1.1.1'],
    ['is who it is without brackets and port', '10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['is the IPv4 address that IPv6 carries', '10.0.0.1', '::ffff:1.1.1.1', '1.1.1.1'],
    ['is the proxy when what it names is no address', '10.0.0.1', '1.1.1.1, unknown', '10.0.0.1'],
    ['is the proxy when it names only proxies', '10.0.0.1', '10.0.0.2', '10.0.0.1'],
  ])('%s', (_what, peer, forwardedFor, expected) => {
    expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected);
  });
});
