/** How somebody wants to be spoken to. */
export interface PreferencesView {
  /** BCP 47, such as `en` or `id-ID`. */
  readonly language: string;
  /** IANA, such as `Asia/Jakarta`: what quiet hours and expiry dates go by. */
  readonly timezone: string;
  readonly notifications: { readonly push: boolean; readonly sms: boolean; readonly email: boolean };
}

/** Whether this runtime knows the time zone; what it does not know, no local time can be told in. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
