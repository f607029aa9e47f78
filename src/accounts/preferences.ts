/** How somebody wants to be spoken to. */
export interface PreferencesView {
  /** BCP 47, such as `en` or `id-ID`. */
  readonly language: string;
  /** IANA, such as `Asia/Jakarta`: what quiet hours and expiry dates go by. */
  readonly timezone: string;
  readonly notifications: { readonly push: boolean; readonly sms: boolean; readonly email: boolean };
}
