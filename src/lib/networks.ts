import { BlockList, isIP } from 'node:net';

interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** An address, or one with a prefix length (RFC 4632); null when it is neither, or holds everybody. */
function networkOf(text: string): Network | null {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return null;
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
  const fits = length >= 1 && length <= bits;
  return fits ? { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix: length } : null;
}

export const isNetwork = (text: string): boolean => networkOf(text) !== null;

/** Whether an address lies in one of these networks. What is no network holds nobody. */
export function inNetworks(texts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of texts) {
    const network = networkOf(text);
    if (network) list.addSubnet(network.address, network.prefix, network.family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

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
