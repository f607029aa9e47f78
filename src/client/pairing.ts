export interface PairingInvitation {
  /** Where the server is: an origin, `https://muster.example.org`. */
  readonly serverUrl: string;
  readonly code: string;
}

const PAIR = 'muster://pair';

/**
 * What a QR code for pairing holds. The scheme is our own, so that the code never becomes part of an HTTP address,
 * which proxies and browsers keep.
 */
export function pairingUri({ serverUrl, code }: PairingInvitation): string {
  const query = new URLSearchParams({ server: new URL(serverUrl).origin, code });
  return `${PAIR}?${query}`;
}

/** What was scanned; null when it is no invitation of a server over HTTP. */
export function readPairingUri(text: string): PairingInvitation | null {
  const [start, query = '', ...more] = text.trim().split('?');
  if (start !== PAIR || more.length > 0) return null;
  const fields = new URLSearchParams(query);
  const [server = '', code = ''] = [fields.get('server') ?? '', fields.get('code') ?? ''];
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) return null;
  return code === '' ? null : { serverUrl: new URL(server).origin, code };
}
