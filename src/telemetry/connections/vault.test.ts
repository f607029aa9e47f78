import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Place, Vault } from './vault.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const place: Place = { id: randomUUID(), field: 'access_token' };

describe('what is kept in the vault', () => {
  test('comes back as it went in, whatever it is', () => {
    const vault = new Vault([key('a')]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 4_000 }), (secret) => {
        const sealed = vault.seal(secret, place);
        expect(sealed.keyId).toBe('a');
        expect(vault.unseal(sealed, place)).toEqual({ ok: true, value: secret });
      }),
    );
  });

  test('shows nothing of itself, and looks different each time', () => {
    const vault = new Vault([key('a')]);
    const [one, other] = [vault.seal('the-token', place), vault.seal('the-token', place)];
    expect(one.bytes.includes('the-token')).toBe(false);
    expect(one.bytes.equals(other.bytes)).toBe(false);
  });

  test('opens in no other row and no other column', () => {
    const vault = new Vault([key('a')]);
    const sealed = vault.seal('the-token', place);
    const elsewhere = { ...place, id: randomUUID() };
    expect(vault.unseal(sealed, elsewhere)).toEqual({ ok: false, code: 'broken' });
    expect(vault.unseal(sealed, { ...place, field: 'refresh_token' })).toEqual({ ok: false, code: 'broken' });
  });

  test('opens no more once any bit of it is another, or some of it is missing', () => {
    const vault = new Vault([key('a')]);
    const { keyId, bytes } = vault.seal('the-token', place);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(vault.unseal({ keyId, bytes: flipped }, place)).toEqual({ ok: false, code: 'broken' });
    }
    for (let length = 0; length < bytes.length; length++)
      expect(vault.unseal({ keyId, bytes: bytes.subarray(0, length) }, place).ok).toBe(false);
  });

  test('says so when its key is not there, and does not open with another of the same name', () => {
    const sealed = new Vault([key('a')]).seal('the-token', place);
    expect(new Vault([key('b')]).unseal(sealed, place)).toMatchObject({ ok: false, code: 'key_unknown' });
    expect(new Vault([key('a')]).unseal(sealed, place)).toMatchObject({ ok: false, code: 'broken' });
  });

  test('goes on through a change of keys: the first encrypts, all decrypt', () => {
    const [old, fresh] = [key('2025'), key('2026')];
    const sealed = new Vault([old]).seal('the-token', place);
    const during = new Vault([fresh, old]);
    expect(during.unseal(sealed, place)).toEqual({ ok: true, value: 'the-token' });
    expect(during.keyIds).toEqual(['2026', '2025']);
    const again = during.seal('the-token', place);
    expect(again.keyId).toBe('2026');
    const after = new Vault([fresh]);
    expect(after.unseal(again, place)).toEqual({ ok: true, value: 'the-token' });
    expect(after.unseal(sealed, place)).toMatchObject({ code: 'key_unknown' });
  });
});
