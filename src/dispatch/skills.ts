/** What somebody can be qualified for, as the source lists it. Their order is their bit in the spatial index. */
export const SKILLS = [
  'FIRST_AID',
  'CPR',
  'FIREFIGHTING',
  'SEARCH_RESCUE',
  'COUNSELING',
  'MEDICAL_PROFESSIONAL',
  'DRIVER',
  'TRANSLATOR',
  'OTHER',
] as const;

export type Skill = (typeof SKILLS)[number];

/** Skills as bits: what the spatial index filters by. What is no skill of the list counts for nothing. */
export function skillBits(skills: readonly string[]): number {
  let bits = 0;
  SKILLS.forEach((skill, i) => {
    if (skills.includes(skill)) bits |= 1 << i;
  });
  return bits;
}

/** Whether these skills fit what is wanted: one of those named, or anything when none is. */
export function fits(held: readonly string[], wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((skill) => held.includes(skill));
}
