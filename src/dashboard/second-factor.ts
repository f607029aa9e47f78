const GROUP = /.{1,4}/g;

/** The secret of an `otpauth:` address, in groups that can be typed; empty when it has none. */
export function secretOf(uri: string): string {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  return (secret.match(GROUP) ?? []).join(' ');
}
