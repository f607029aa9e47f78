import type { CloseName } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { UpBody } from '../protocol/up.ts';
import { askingOf, resumedBy } from './on-resume.ts';
import type { GatewayParts } from './parts.ts';
import type { Resumed } from './services.ts';

/** How long to stay away when too many wait to say who they are. */
const FULL_MS = 2_000;

/** What becomes of a hello. look: who it is has to be looked up. */
export type Verdict =
  | { readonly step: 'away'; readonly waitMs: number }
  | { readonly step: 'resume'; readonly resumed: Resumed }
  | { readonly step: 'look'; readonly token: string }
  | { readonly step: 'refuse'; readonly code: ErrorCode; readonly close: CloseName };

/** Calls `answer` now or in a later turn, unless whoever said it has gone by then; what becomes of it is decided then. */
export function judged(
  parts: GatewayParts,
  hello: UpBody<'hello'>,
  { isGone, answer }: { readonly isGone: () => boolean; readonly answer: (decide: () => Verdict) => void },
): void {
  const knock = {
    isUrgent: hello.urgent === true,
    isGone,
    answer: () => answer(() => verdictOn(parts, hello)),
  };
  const away = (): Verdict => ({ step: 'away', waitMs: Math.ceil(FULL_MS * (1 + parts.random())) });
  if (!parts.hellos.take(knock)) answer(away);
}

/** Nothing is done for anybody before they are admitted. */
function verdictOn(parts: GatewayParts, hello: UpBody<'hello'>): Verdict {
  const resumed = resumedBy(parts, hello);
  const waitMs = parts.admission.waitMs(askingOf(parts, hello, resumed));
  if (waitMs > 0) return { step: 'away', waitMs };
  if (resumed) return { step: 'resume', resumed };
  const { token } = hello;
  if (token !== undefined) return { step: 'look', token };
  return hello.resume === undefined
    ? { step: 'refuse', code: 'not_authenticated', close: 'policy' }
    : { step: 'refuse', code: 'token_expired', close: 'token_expired' };
}
