import type { Result } from '../lib/result.ts';
import type { EmergencyContact } from './emergency-contacts.ts';
import type { PreferencesView } from './preferences.ts';
import type { ProfessionalView } from './professionals.ts';
import type { Grant, Principal } from './types.ts';

export interface HeldGrant {
  readonly grant: Grant;
  /** The hospital it holds in; null: everywhere. */
  readonly scopeId: string | null;
}

export interface HelpOffered {
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
}

export interface ProfileView extends PreferencesView {
  readonly userId: string;
  readonly email: string;
  readonly emailVerifiedAtMs: number | null;
  /** When they proved that they read its messages; null: not, or somebody else has proved it since. */
  readonly phoneVerifiedAtMs: number | null;
  readonly status: 'active' | 'suspended' | 'deactivated';
  readonly name: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly photoUrl: string | null;
  readonly doctorName: string | null;
  readonly doctorPhone: string | null;
  readonly createdAtMs: number;
  readonly lastSignInAtMs: number | null;
  readonly grants: readonly HeldGrant[];
  readonly emergencyContacts: readonly EmergencyContact[];
  readonly professional: ProfessionalView | null;
  /** What they offer, whether that was verified and whether they are on duty; null: they offer no help. */
  readonly volunteer: HelpOffered | null;
}

/** What somebody may change about themselves; absent stays as it is, null is taken away. */
export interface ProfilePatch {
  readonly name?: string | undefined;
  readonly phone?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly doctorName?: string | null | undefined;
  readonly doctorPhone?: string | null | undefined;
  readonly language?: string | undefined;
  readonly timezone?: string | undefined;
  readonly notifications?:
    | { readonly [K in keyof PreferencesView['notifications']]?: boolean | undefined }
    | undefined;
  /** Replaces all of them, in order of importance. */
  readonly emergencyContacts?: readonly EmergencyContact[] | undefined;
}

export interface Profiles {
  me(by: Principal): Promise<Result<ProfileView, 'not_found'>>;
  changeMe(by: Principal, patch: ProfilePatch): Promise<Result<ProfileView, 'not_found'>>;
  /** Admin only. */
  userById(by: Principal, userId: string): Promise<Result<ProfileView, 'forbidden' | 'not_found'>>;
  /** Leaves; signing in within 30 days takes it back. The last administrator stays. */
  deactivateMe(by: Principal): Promise<Result<null, 'forbidden' | 'not_found'>>;
}
