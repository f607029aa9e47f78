import { BlockList, isIP, isIPv6 } from 'node:net';

interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** An address, or one with a prefix length (RFC 4632); null when it is neither, or holds everybody. */
function parsedNetwork(text: string): Network | null {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return null;
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
  const fits = length >= 1 && length <= bits;
  return fits ? { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix: length } : null;
}

export const isNetwork = (text: string): boolean => parsedNetwork(text) !== null;

/**
 * Whether an address lies in one of these networks. What is no network holds nobody. IPv4 is compared as numbers: `BlockList` makes
 * an object of each address first, and this is asked twice of every connection. An IPv6 network may hold IPv4 in IPv6.
 */
export function inNetworks(texts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  let hasV6 = false;
  const v4: { readonly mask: number; readonly network: number }[] = [];
  for (const text of texts) {
    const network = parsedNetwork(text);
    if (!network) continue;
    const { address, prefix, family } = network;
    list.addSubnet(address, prefix, family);
    if (family === 'ipv6') hasV6 = true;
    else {
      const mask = (-1 << (32 - prefix)) >>> 0;
      v4.push({ mask, network: (numberOf(address) & mask) >>> 0 });
    }
  }
  return (address) => {
    const version = isIP(address);
    if (version !== 4) return version === 6 && list.check(address, 'ipv6');
    const number = numberOf(address);
    const isIn = v4.some(({ mask, network }) => (number & mask) >>> 0 === network);
    return isIn || (hasV6 && list.check(address, 'ipv4'));
  };
}

/** Of an IPv4 address that was checked. */
function numberOf(address: string): number {
  let [number, byte] = [0, 0];
  for (let i = 0; i < address.length; i++) {
    const digit = address.charCodeAt(i) - ZERO;
    if (digit >= 0) byte = byte * 10 + digit;
    else [number, byte] = [number * 256 + byte, 0];
  }
  return number * 256 + byte;
}
const ZERO = '0'.charCodeAt(0);

/** IANA's special-purpose registries (RFC 6890 and later entries): addresses that no single place on earth has. */
const SPECIAL = inNetworks([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  ...['::', '::1', '64:ff9b:1::/48', '100::/64', '2001:db8::/32', '3fff::/20', '5f00::/16'],
  ...['fc00::/7', 'fe80::/10', 'ff00::/8'],
]);

/** Whether it is an address of the public internet. */
export const isPublicAddress = (text: string): boolean => isIP(text) !== 0 && !SPECIAL(text);

/** What one subscriber has: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives out. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
