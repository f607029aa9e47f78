import { expect, test } from 'vitest';
import { secretOf } from './second-factor.ts';

test('the secret is shown in groups that can be typed', () => {
  const uri = 'otpauth://totp/Muster:ada%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Muster';
  expect(secretOf(uri)).toBe('JBSW Y3DP EHPK 3PXP');
  expect(secretOf('otpauth://totp/Muster:ada')).toBe('');
});
