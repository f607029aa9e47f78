import { fullJitterMs } from '../../lib/backoff.ts';
import type { Random } from '../../lib/random.ts';
import { NODE_STOPPING, ProviderFailed } from './ask.ts';
import { NEEDS_CONSENT } from './oauth.ts';
import type { Ending } from './types.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const RETRY_BASE_MS = MINUTE_MS;
/** So many in a row, which is about two days, and it is read no more until its person says so. */
export const FAILURES_MAX = 12;

const SENTENCES: Readonly<Record<string, string>> = {
  [NEEDS_CONSENT]: 'The provider knows the permission no more: connect again.',
  client_refused:
    'The provider does not know this server: its operator has to look at the client id and secret.',
  provider_busy: 'The provider asks to wait: it is read later.',
  provider_timeout: 'The provider did not answer in time.',
  provider_too_large: 'The answer of the provider is larger than expected.',
  provider_no_json: 'The answer of the provider is not what was expected.',
  provider_answer: 'The answer of the provider is not what was expected.',
  provider_redirect: 'The provider sends to another address, which is not followed.',
  [NODE_STOPPING]: 'It was broken off, because the server stops; another one goes on.',
  token_key_unknown: 'The key that this connection is encrypted with is not here.',
  token_broken: 'What this connection is opened with can not be read: connect again.',
};

/** Codes that say nothing of the connection itself: they do not count towards its end. */
const NOT_ITS_FAULT = new Set([
  'provider_busy',
  'provider_off',
  'client_refused',
  'token_key_unknown',
  'store_unavailable',
  NODE_STOPPING,
]);
/** Codes after which asking again is of no use. */
const OVER: ReadonlySet<string> = new Set([NEEDS_CONSENT, 'token_broken']);

/** Of a failure that is no {@link ProviderFailed}: the store's, or a mistake of ours. Never its message. */
export const codeOf = (error: unknown): string => {
  if (error instanceof ProviderFailed) return error.code;
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : 'internal';
};

const sentenceOf = (code: string): string =>
  SENTENCES[code] ?? 'The provider could not be read; it is tried again.';

/**
 * How an attempt that failed ends: when it is tried again (a growing wait with full jitter, up to a day, and never before
 * the provider wants it), or that it is not.
 */
export function endingOf(error: unknown, failuresBefore: number, random: Random): Ending {
  const code = codeOf(error);
  const asked = error instanceof ProviderFailed ? error.retryAfterMs : null;
  const failures = failuresBefore + (NOT_ITS_FAULT.has(code) ? 0 : 1);
  const waitMs = RETRY_BASE_MS + fullJitterMs(failures, RETRY_BASE_MS, DAY_MS - RETRY_BASE_MS, random);
  return {
    ok: false,
    code,
    message: sentenceOf(code),
    nextInMs: code === NODE_STOPPING ? 0 : Math.round(Math.max(waitMs, asked ?? 0)),
    isAsked: asked !== null,
    failures,
    becomes: OVER.has(code) ? 'needs_consent' : failures >= FAILURES_MAX ? 'failing' : null,
  };
}
