import { errorFields } from '../lib/log.ts';
import type { Notifier } from './types.ts';

export interface SmsOverHttpOptions {
  /** Where to POST to. Its credentials are in `headers`, never in here: addresses end up in logs of proxies. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly format: 'json' | 'form';
  /** A JSON object in whose texts `{to}`, `{from}` and `{text}` are filled in; flat for a form. */
  readonly body: string;
  readonly from: string;
  readonly timeoutMs: number;
}

/** Why a message was not taken, as a code: the provider's words can hold the number and the text. */
export class SmsNotTaken extends Error {
  override readonly name = 'SmsNotTaken';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * SMS over whatever provider takes a POST. Any 2xx counts as taken. Rejects with {@link SmsNotTaken}: `SMS_HTTP_<status>`,
 * `SMS_TIMEOUT`, `SMS_REDIRECT`, or `SMS_<code of the connection>`. The id of the message goes along as
 * `idempotency-key`, so that a provider that knows it sends a repeat once.
 */
export function smsOverHttp(options: SmsOverHttpOptions): Notifier {
  const { url, headers, format, from, timeoutMs } = options;
  const template: unknown = JSON.parse(options.body);
  return {
    async send({ id, recipient, body }) {
      const fields = filled(template, { to: recipient, from, text: body.trim() });
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': CONTENT_TYPES[format], 'idempotency-key': id },
        body: format === 'json' ? JSON.stringify(fields) : formOf(fields),
        // Credentials go to the address that the operator named and nowhere else.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((error: unknown) => {
        throw new SmsNotTaken(connectionCode(error));
      });
      await answer.body?.cancel();
      if (answer.status >= 300 && answer.status < 400) throw new SmsNotTaken('SMS_REDIRECT');
      if (!answer.ok) throw new SmsNotTaken(`SMS_HTTP_${answer.status}`);
    },
  };
}

const CONTENT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

type Words = Readonly<Record<'to' | 'from' | 'text', string>>;

/** In one pass, so that what a text holds is never taken for a place to fill. */
function filled(template: unknown, words: Words): unknown {
  if (typeof template === 'string') {
    return template.replace(/\{(to|from|text)\}/g, (_place, name: keyof Words) => words[name]);
  }
  if (Array.isArray(template)) return template.map((part) => filled(part, words));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, part]) => [key, filled(part, words)]));
}

const formOf = (fields: unknown) => new URLSearchParams(fields as Record<string, string>).toString();

function connectionCode(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'SMS_TIMEOUT';
  const cause = error instanceof Error ? error.cause : undefined;
  return `SMS_${errorFields(cause).code ?? 'UNREACHABLE'}`;
}

/**
 * Reads a file of headers: one `Name: value` on a line, empty lines and lines that begin with `#` left out. Throws an
 * error that names the line, never what stands in it. `whose`: in the words of that error.
 */
export function readHeaders(text: string, whose = 'SMS'): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([ -~]*?)[ \t]*$/.exec(line) ?? [];
    if (!name || value === undefined)
      throw new Error(`the file of ${whose} headers: line ${index + 1} is no header`);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}
