import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inNetworks, isNetwork, isPublicAddress, networkOf } from './networks.ts';

test.each(['10.0.0.1', '10.0.0.0/8', '2001:db8::1', '2001:db8::/32', '::1/128', '0.0.0.0/1'])(
  '%s is a network',
  (text) => {
    expect(isNetwork(text)).toBe(true);
  },
);

test.each([
  '',
  '10.0.0',
  '10.0.0.0/33',
  '::/129',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  'proxy',
  'fe80::1%eth0',
])('%s is none', (text) => {
  expect(isNetwork(text)).toBe(false);
});

describe('an address', () => {
  const inside = inNetworks(['172.16.0.0/12', '192.0.2.7', '2001:db8::/32', 'nonsense']);

  test.each(['172.16.0.1', '172.31.255.255', '192.0.2.7', '2001:0db8:0000:0000:0000:0000:0000:0001'])(
    '%s is inside',
    (address) => {
      expect(inside(address)).toBe(true);
    },
  );

  test.each(['172.32.0.0', '192.0.2.8', '2001:db9::1', 'nonsense', '', '172.16.0.1, 1.1.1.1'])(
    '%s is not',
    (address) => {
      expect(inside(address)).toBe(false);
    },
  );
});

test.each(['81.2.69.142', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2a02:1234::1', '2001:4860:4860::8888'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.1.1',
  '0.0.0.0',
  '255.255.255.255',
  '::1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  'fd00::1',
  'fe80::1',
  '2001:db8::1',
  '',
  'proxy',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1::6', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('addresses are in the networks that BlockList says', () => {
  // Few bytes, so that many addresses lie in the networks or just beside them.
  const byte = fc.constantFrom(0, 1, 10, 127, 128, 254, 255);
  const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
  const mapped = v4.map((address) => `::ffff:${address}`);
  const v6 = fc.tuple(byte, byte).map(([a, b]) => `2001:db8:${a}::${b}`);
  const address = fc.oneof(v4, mapped, v6);
  const network = fc
    .tuple(address, fc.integer({ min: 1, max: 32 }))
    .map(([text, prefix]) => [text, text.includes(':') ? prefix + 96 : prefix] as const);
  fc.assert(
    fc.property(
      fc.array(network, { maxLength: 4 }),
      fc.array(address, { minLength: 1 }),
      (networks, asked) => {
        const list = new BlockList();
        const familyOf = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
        for (const [text, prefix] of networks) list.addSubnet(text, prefix, familyOf(text));
        const inside = inNetworks(networks.map((parts) => parts.join('/')));
        expect(asked.map(inside)).toEqual(asked.map((text) => list.check(text, familyOf(text))));
      },
    ),
  );
});
