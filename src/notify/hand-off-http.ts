import { z } from 'zod';
import { errorFields } from '../lib/log.ts';
import { textUpTo } from '../lib/text-up-to.ts';

export interface HandOffOverHttpOptions {
  /** Where to POST to. Its credentials are in `headers`, never in here. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Why it was not taken, as a code: an answer can hold the words of the request. */
export class HandOffNotTaken extends Error {
  override readonly name = 'HandOffNotTaken';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const ANSWER_BYTES_MAX = 16 * 1024;
const answered = z.object({ reference: z.string().trim().min(1).max(200) });

/**
 * A hand-off to whatever takes a POST of JSON and answers 2xx with `{"reference": "…"}`. Anything else is no confirmation:
 * rejects with {@link HandOffNotTaken}: `HAND_OFF_HTTP_<status>`, `HAND_OFF_NO_REFERENCE`, `HAND_OFF_TIMEOUT`,
 * `HAND_OFF_REDIRECT`, or `HAND_OFF_<code of the connection>`. The id goes along as `idempotency-key`.
 */
export function handOffOverHttp({ url, headers, timeoutMs }: HandOffOverHttpOptions) {
  return {
    service: new URL(url).host,
    async tell(request: { readonly handOffId: string }): Promise<{ reference: string }> {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': request.handOffId },
          body: JSON.stringify(request),
          // Credentials and a place of need go to the address that the operator named and nowhere else.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        return { reference: await referenceOf(answer) };
      } catch (error) {
        throw error instanceof HandOffNotTaken ? error : new HandOffNotTaken(connectionCode(error));
      }
    },
  };
}

async function referenceOf(answer: Response): Promise<string> {
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new HandOffNotTaken(answer.status < 400 ? 'HAND_OFF_REDIRECT' : `HAND_OFF_HTTP_${answer.status}`);
  }
  const parsed = answered.safeParse(parsedJson((await textUpTo(answer.body, ANSWER_BYTES_MAX)) ?? ''));
  if (!parsed.success) throw new HandOffNotTaken('HAND_OFF_NO_REFERENCE');
  return parsed.data.reference;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function connectionCode(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'HAND_OFF_TIMEOUT';
  const cause = error instanceof Error ? error.cause : undefined;
  return `HAND_OFF_${errorFields(cause).code ?? 'UNREACHABLE'}`;
}
