import { z } from 'zod';

/** A setting as it is declared: once, for reading, checking and `--help`. */
export interface Declared<
  Schema extends z.ZodType<unknown, string> = z.ZodType<unknown, string>,
  Default extends string | null = string | null,
> {
  readonly variable: string;
  /** As it would be written in the environment; null: not set. */
  readonly default: Default;
  readonly schema: Schema;
  /** Ends the sentence "… expected". */
  readonly expected: string;
  readonly help: string;
  readonly unit?: string;
  /** Its value is never shown. */
  readonly secret?: true;
}

export const declared = <Schema extends z.ZodType<unknown, string>, Default extends string | null>(
  setting: Declared<Schema, Default>,
) => setting;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, { error: 'is not a whole number', abort: true })
    .transform(Number)
    .pipe(z.number('is too large').min(min, 'is too small').max(max, 'is too large'));

interface DeclaredNumber extends Pick<Declared, 'variable' | 'help' | 'unit'> {
  readonly default: string;
  readonly min: number;
  readonly max: number;
}

export const number = ({ min, max, ...rest }: DeclaredNumber) =>
  declared({
    ...rest,
    schema: wholeNumber(min, max),
    expected: `a whole number from ${min} to ${max}${rest.unit ? ` (${rest.unit})` : ''}`,
  });

export const path = z.string().refine((text) => !text.includes('\0'), 'holds a NUL character');

export const isDatabaseUrl = (text: string) =>
  URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol);

/** Texts separated by commas, each of them fit. */
export const list = (fits: (text: string) => boolean, otherwise: string) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .refine((parts) => parts.every(fits), otherwise);

export const isSmtpUrl = (text: string) =>
  URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol);

export const isHttpUrl = (text: string) =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/** Credentials go into headers. To this machine it may be plain: a gateway of the operator's own. */
export const isSecretFreeUrl = (text: string) => {
  if (!isHttpUrl(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return username === '' && password === '' && (protocol === 'https:' || isOwnAddress(hostname));
};

export const isSmsBody = (text: string) => {
  try {
    return (
      /^\s*\{/.test(text) && JSON.parse(text) !== null && text.includes('{to}') && text.includes('{text}')
    );
  } catch {
    return false;
  }
};

export const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

export const isOwnAddress = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

/** Whether the object holds texts only, as a form does. */
export const isFlat = (json: string): boolean =>
  Object.values(JSON.parse(json)).every((value) => typeof value === 'string');
