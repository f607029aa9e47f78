/** What somebody may have been granted. Everybody who is signed in has at least none of these. */
export const GRANTS = [
  'patient',
  'volunteer',
  'professional',
  'dispatcher',
  'hospital_authority',
  'staff',
  'admin',
] as const;
export type Grant = (typeof GRANTS)[number];

/** How somebody stands to the one whom a thing is about, at the moment of asking. */
export const RELATIONS = {
  self: 'it is about themselves',
  own_patient: 'they are the professional in charge of this patient',
  care_team: 'they are in this patient’s care team',
  requester: 'they asked for help in this SOS',
  holder: 'they hold a slot of this SOS',
  owner: 'this SOS belongs to them: they took it over, or raised it for a caller',
  asked: 'this SOS was offered to them',
  party: 'they are named in this record: the professional of an appointment, the author of a result',
  own_hospital: 'they are an authority of the hospital that it is of',
  escalated: 'it is an alert that dispatchers were told of',
  break_glass: 'they broke the glass for this person less than a quarter of an hour ago',
} as const;
export type Relation = keyof typeof RELATIONS;

/** One way in: being signed in, a grant, a relation, or a grant together with a relation. */
export type Way = 'signed_in' | Grant | Relation | `${Grant}+${Relation}`;

/** Who asks. Grants are of the moment of asking; those that the matrix doesn't know open nothing. */
export interface Subject {
  readonly grants: readonly string[];
}
