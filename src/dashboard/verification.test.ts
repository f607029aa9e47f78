import { expect, test } from 'vitest';
import type { Profile } from '../client/index.ts';
import { professionOf, unfit, verificationOf } from './verification.ts';

const helper = (verified: boolean) => ({ volunteer: { skills: [], verified, available: false } });

test('somebody is told what their verification waits for', () => {
  expect(verificationOf({ volunteer: null }, 0)).toBe('no_helper');
  expect(verificationOf(helper(false), 0)).toBe('documents_needed');
  expect(verificationOf(helper(false), 1)).toBe('waiting');
  expect(verificationOf(helper(true), 0)).toBe('verified');
});

test('a profession counts once it was verified', () => {
  const professional = { verified: false } as Profile['professional'];
  expect(professionOf({ professional: null })).toBeNull();
  expect(professionOf({ professional })).toBe('waiting');
  expect(professionOf({ professional: { ...professional, verified: true } as Profile['professional'] })).toBe(
    'verified',
  );
});

test('files that would be refused are not sent', () => {
  expect(unfit({ size: 5, type: 'image/heic' })).toBe('wrong_kind');
  expect(unfit({ size: 11 * 1024 * 1024, type: 'image/png' })).toBe('too_large');
  expect(unfit({ size: 0, type: 'image/png' })).toBe('empty');
  expect(unfit({ size: 5, type: '' })).toBeNull();
  expect(unfit({ size: 5, type: 'application/pdf' })).toBeNull();
});
