import fc from 'fast-check';
import jsqr from 'jsqr';
import { describe, expect, test } from 'vitest';
import { readPairingUri } from './pairing.ts';
import { pairingQrSvg, qrSvg } from './qr.ts';

const SCALE = 4;

/** Draws the dark bars of the picture, as a browser does, and lets a reader of QR codes look at it. */
function scanned(svg: string): string | null {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  const dark = /<path fill="#000" d="([^"]*)"/.exec(svg)?.[1] ?? '';
  for (const [, x, y, width] of dark.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row++) {
      const from = (row * side + Number(x) * SCALE) * 4;
      for (let i = 0; i < Number(width) * SCALE; i++) pixels.fill(0, from + i * 4, from + i * 4 + 3);
    }
  }
  return jsqr.default(pixels, side, side)?.data ?? null;
}

describe('a QR code', () => {
  test('for pairing is read back as the very invitation', () => {
    const invitation = { serverUrl: 'https://muster.example.org:8443', code: 'ABCD2345' };
    const text = scanned(pairingQrSvg(invitation));
    expect(text).toBe('muster://pair?server=https%3A%2F%2Fmuster.example.org%3A8443&code=ABCD2345');
    expect(readPairingUri(text ?? '')).toEqual(invitation);
  });

  test('of any address and code is read back', () => {
    const code = fc.stringMatching(/^[A-HJ-NP-Z2-9]{8}$/);
    fc.assert(
      fc.property(fc.webAuthority(), code, (authority, typed) => {
        const serverUrl = new URL(`https://${authority.replace(/^.*@/, '')}`).origin;
        expect(readPairingUri(scanned(pairingQrSvg({ serverUrl, code: typed })) ?? '')).toEqual({
          serverUrl,
          code: typed,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('holds no words of what it was made from, so nothing in it can be taken for markup', () => {
    expect(qrSvg('"><script>alert(1)</script>')).toMatch(/^<svg [\w:/."= -]+>(<path [^<>]+\/>){2}<\/svg>$/);
  });
});
