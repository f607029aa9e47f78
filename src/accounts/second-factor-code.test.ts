import { expect, test } from 'vitest';
import { base32, codeAt, otpauthUri, stepAt, stepOf } from './second-factor-code.ts';

const SECRET = Buffer.from('12345678901234567890');

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('at %i s the code is the one of RFC 6238 appendix B', (atS, code) => {
  expect(codeAt(SECRET, stepAt(atS * 1_000), 8)).toBe(code);
});

test.each(['755224', '287082', '359152', '969429', '338314'])(
  '%s is a code of RFC 4226 appendix D',
  (code) => {
    expect([0, 1, 2, 3, 4].map((step) => codeAt(SECRET, step))).toContain(code);
  },
);

test('a code is good in its half minute and the ones next to it', () => {
  const nowMs = 1_750_000_000_000;
  const code = codeAt(SECRET, stepAt(nowMs));
  for (const [apartMs, good] of [
    [-60_000, false],
    [-30_000, true],
    [0, true],
    [30_000, true],
    [60_000, false],
  ] as const) {
    expect(stepOf(SECRET, code, nowMs + apartMs)).toBe(good ? stepAt(nowMs) : null);
  }
  for (const other of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦']) {
    expect(stepOf(SECRET, other, nowMs)).toBeNull();
  }
});

test('an authenticator can read the secret', () => {
  expect(base32(Buffer.from('foobar'))).toBe('MZXW6YTBOI');
  expect(otpauthUri(Buffer.from('foobar'), 'a b@example.org')).toBe(
    'otpauth://totp/Muster:a%20b%40example.org?secret=MZXW6YTBOI&issuer=Muster',
  );
});
