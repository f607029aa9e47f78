import { createECDH } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { opened } from '../../testing/push-service.ts';
import { areKeys, MOST_BYTES, seal } from './seal.ts';

/** RFC 8291, appendix A. */
const RFC = {
  text: 'When I grow up, I want to be a watermelon',
  ownKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  theirKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};
const bytes = (text: string) => Buffer.from(text, 'base64url');
const pairOf = (key: string) => {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(bytes(key));
  return pair;
};

test('a message is sealed as in the example of RFC 8291, to the last bit', () => {
  const sealed = seal(RFC.text, RFC, { salt: bytes(RFC.salt), own: pairOf(RFC.ownKey) });
  expect(sealed.toString('base64url')).toBe(RFC.body);
});

test('only the browser opens it, whatever stands in it, and no two are sealed alike', () => {
  const browser = { pair: pairOf(RFC.theirKey), auth: bytes(RFC.auth) };
  fc.assert(
    fc.property(fc.string({ maxLength: 900, unit: 'binary' }), (text) => {
      const [one, two] = [seal(text, RFC), seal(text, RFC)];
      expect(opened(one, browser).toString()).toBe(Buffer.from(text).toString());
      expect(one.equals(two)).toBe(false);
    }),
    { seed: 20_261_126, numRuns: 15 },
  );
  const other = { pair: pairOf(RFC.ownKey), auth: bytes(RFC.auth) };
  expect(() => opened(seal('x', RFC), other)).toThrow();
});

test('more than a push service must take is refused here', () => {
  expect(seal('x'.repeat(MOST_BYTES), RFC).length).toBeLessThanOrEqual(4_096);
  expect(() => seal('x'.repeat(MOST_BYTES + 1), RFC)).toThrow(RangeError);
});

test('keys that are no point of the curve are none', () => {
  expect(areKeys(RFC)).toBe(true);
  expect(areKeys({ ...RFC, auth: 'AAAA' })).toBe(false);
  expect(areKeys({ ...RFC, p256dh: 'AAAA' })).toBe(false);
  expect(areKeys({ ...RFC, p256dh: Buffer.alloc(65, 4).toString('base64url') })).toBe(false);
});
