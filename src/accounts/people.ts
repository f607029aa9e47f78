import { type CareTeam, openCareTeam } from './care-team.ts';
import { type Certifications, openCertifications } from './certifications.ts';
import { type Directory, openDirectory } from './directory.ts';
import { type Documents, openDocuments } from './documents.ts';
import { type Erasure, erasureChore, openErasure } from './erasure.ts';
import { type Invitations, openInvitations } from './invitations.ts';
import { openPasswordReset, type PasswordReset } from './password-reset.ts';
import { openPatients, type Patients } from './patients.ts';
import type { PeopleContext } from './people-context.ts';
import { openProfessionals, type Professionals } from './professionals.ts';
import type { Profiles } from './profile-types.ts';
import { openProfiles } from './profiles.ts';
import { openRegistrationByMail, type RegistrationByMail } from './registration-by-mail.ts';
import type { Chore } from './sessions-types.ts';
import { openShifts, type Shifts } from './shifts.ts';
import { openVerification, type Verification } from './verification.ts';
import { openVerifying, type Verifying } from './verifying.ts';

/** People beyond signing in. Every method rejects with `StoreUnavailable` when the database does not answer. */
export interface People
  extends Profiles,
    Shifts,
    Certifications,
    Professionals,
    Verifying,
    Documents,
    Directory,
    Invitations,
    RegistrationByMail,
    Verification,
    PasswordReset,
    Patients,
    CareTeam,
    Erasure {
  /** What is to be done now and then, on one node at a time. */
  readonly chores: readonly Chore[];
}

export function openPeople(context: PeopleContext): People {
  return {
    ...openProfiles(context),
    ...openShifts(context),
    ...openCertifications(context),
    ...openProfessionals(context),
    ...openVerifying(context),
    ...openDocuments(context),
    ...openDirectory(context),
    ...openInvitations(context),
    ...openRegistrationByMail(context),
    ...openVerification(context),
    ...openPasswordReset(context),
    ...openPatients(context),
    ...openCareTeam(context),
    ...openErasure(context),
    chores: [erasureChore(context)],
  };
}
