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

/** Somebody whose token was checked. */
export interface Principal {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly expiresAtMs: number;
  /** Present: known by the credential of a paired device, and so only for what a device may. */
  readonly deviceId?: string | undefined;
  /** The sign-in that the token came from, where it names one. */
  readonly sessionId?: string | undefined;
}
