import type { z } from 'zod';
import { alertView } from '../protocol/alerts.ts';
import { sosView } from '../protocol/dispatch-events.ts';
import type { SosView } from '../protocol/down.ts';
import type { ErrorCode } from '../protocol/errors.ts';

/** What the SDK itself can tell, beside the server's table of errors. */
export type LocalErrorCode = 'timeout' | 'closed' | 'too_many' | 'network';

export interface MusterErrorFields {
  readonly code: ErrorCode | LocalErrorCode;
  readonly text: string;
  readonly retryable: boolean;
  readonly advice: string;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** As it came; see {@link MusterError.sos}. */
  readonly sos?: unknown;
  /** As it came; see {@link MusterError.alert}. */
  readonly alert?: unknown;
}

/** A refusal: the server's (`ERRORS` of the protocol) or the SDK's own. `message` is for people. */
export class MusterError extends Error {
  override readonly name = 'MusterError';
  readonly code: ErrorCode | LocalErrorCode;
  /** Whether the same again, unchanged, can succeed. */
  readonly retryable: boolean;
  /** What to do about it. */
  readonly advice: string;
  /** Which field, which rule. */
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** For dispatchers, with `sos_changed` and other refusals about an SOS: how it stands now, to decide again. */
  readonly sos: SosView | undefined;
  /** With refusals about an alert: how it stands now. */
  readonly alert: z.infer<typeof alertView> | undefined;

  constructor(fields: MusterErrorFields) {
    super(fields.text);
    this.code = fields.code;
    this.retryable = fields.retryable;
    this.advice = fields.advice;
    this.detail = fields.detail;
    this.retryAfterMs = fields.retryAfterMs;
    this.sos = sosView.safeParse(fields.sos).data;
    this.alert = alertView.safeParse(fields.alert).data;
  }
}

const LOCAL: Readonly<Record<LocalErrorCode, Omit<MusterErrorFields, 'code' | 'detail'>>> = {
  timeout: {
    text: 'No answer came in time; whether it was carried out is not known.',
    retryable: true,
    advice: 'Send it again with the same id.',
  },
  closed: {
    text: 'The connection was closed for good.',
    retryable: true,
    advice: 'Connect again, then send it again with the same id.',
  },
  too_many: {
    text: 'Too many of these are waiting already.',
    retryable: true,
    advice: 'Wait until some of them are answered or ended.',
  },
  network: {
    text: 'The server could not be reached.',
    retryable: true,
    advice: 'Check the network and the address, then try again.',
  },
};

export function localError(code: LocalErrorCode, detail?: string): MusterError {
  return new MusterError({ code, ...LOCAL[code], detail });
}
