import type { Profile } from '../client/index.ts';

/** How somebody who wants to help stands, the most pressing first. */
export type Verification = 'no_helper' | 'documents_needed' | 'waiting' | 'verified';

/** `documents`: how many they have uploaded. */
export function verificationOf({ volunteer }: Pick<Profile, 'volunteer'>, documents: number): Verification {
  if (!volunteer) return 'no_helper';
  if (volunteer.verified) return 'verified';
  return documents === 0 ? 'documents_needed' : 'waiting';
}

/** The same of what they are by profession; null: they have said nothing of one. */
export function professionOf({ professional }: Pick<Profile, 'professional'>): 'waiting' | 'verified' | null {
  if (!professional) return null;
  return professional.verified ? 'verified' : 'waiting';
}

export const DOCUMENT_TYPES = {
  volunteer: ['CERTIFICATION', 'ID_PROOF', 'BACKGROUND_CHECK', 'OTHER'],
  professional: ['MEDICAL_LICENSE', 'DEGREE', 'HOSPITAL_ID', 'OTHER'],
} as const;

const MOST_BYTES = 10 * 1024 * 1024;
const TAKEN = new Set(['application/pdf', 'image/png', 'image/jpeg']);

/** Why a file would be refused, known before it is sent; null: it may do. */
export function unfit({
  size,
  type,
}: {
  readonly size: number;
  readonly type: string;
}): 'too_large' | 'wrong_kind' | 'empty' | null {
  if (size === 0) return 'empty';
  if (size > MOST_BYTES) return 'too_large';
  // Some phones tell no type; the server looks at the content.
  return type === '' || TAKEN.has(type) ? null : 'wrong_kind';
}
