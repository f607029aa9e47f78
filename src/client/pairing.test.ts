import { describe, expect, it, test } from 'vitest';
import { pairingUri, readPairingUri } from './pairing.ts';

test('what a QR code holds is read as it was written', () => {
  const invitation = { serverUrl: 'https://muster.example.org:8443', code: 'ABCD2345' };
  const uri = pairingUri({ ...invitation, serverUrl: `${invitation.serverUrl}/page?x=1#y` });
  expect(uri).toBe('muster://pair?server=https%3A%2F%2Fmuster.example.org%3A8443&code=ABCD2345');
  expect(readPairingUri(`${uri}\n`)).toEqual(invitation);
});

describe('what is no invitation', () => {
  it.each([
    '',
    'ABCD2345',
    'https://muster.example.org/pair?code=ABCD2345',
    'muster://pair?code=ABCD2345',
    'muster://pair?server=https://a.example',
    'muster://pair?server=javascript:alert(1)&code=ABCD2345',
    'muster://pair?server=nonsense&code=ABCD2345',
    'muster://pairs?server=https://a.example&code=ABCD2345',
  ])('%j is none', (text) => {
    expect(readPairingUri(text)).toBeNull();
  });
});
