import { type Json, lean } from './json.ts';

/** Of the required value set `issue-type` those that are said here. */
export type IssueType =
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'code-invalid'
  | 'not-supported'
  | 'business-rule'
  | 'conflict'
  | 'not-found'
  | 'login'
  | 'forbidden'
  | 'too-long'
  | 'throttled'
  | 'transient'
  | 'exception'
  | 'invalid';

export interface Issue {
  readonly type: IssueType;
  /** What is wrong and what would be right, for people. Never a value of somebody's health. */
  readonly text: string;
  /** FHIRPath of the element, such as `Observation.component[1].valueQuantity`. */
  readonly expression?: string;
  /** A code of the table of errors, where the refusal comes from there. */
  readonly error?: string;
}

/** A request that is refused. */
export interface Failure {
  /** Of HTTP. */
  readonly status: number;
  readonly issues: readonly [Issue, ...Issue[]];
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const failed = (status: number, type: IssueType, text: string, expression?: string) =>
  ({
    ok: false,
    failure: { status, issues: [{ type, text, ...(expression === undefined ? {} : { expression }) }] },
  }) as const satisfies Outcome<never>;

/** The code system of `Issue.error`. */
export const ERROR_SYSTEM = 'urn:muster:error';

/** An OperationOutcome (R4) that says why something was refused. */
export function operationOutcome(issues: readonly Issue[]): Json {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ type, text, expression, error }) =>
      lean({
        severity: 'error',
        code: type,
        details: lean({
          coding: error === undefined ? undefined : [{ system: ERROR_SYSTEM, code: error }],
          text,
        }),
        diagnostics: text,
        expression: expression === undefined ? undefined : [expression],
      }),
    ),
  };
}

/**
 * Gathers what is wrong with something that is read, so that its sender hears of all of it at once. What can't be FHIR is
 * answered with 400, what is FHIR and not taken here with 422, as R4 asks for.
 */
export class Complaints {
  readonly #issues: Issue[] = [];

  /** Answers null, for what could not be read. */
  say(type: IssueType, expression: string, text: string): null {
    if (this.#issues.length < ISSUES_MAX) this.#issues.push({ type, expression, text });
    return null;
  }

  get isSilent(): boolean {
    return this.#issues.length === 0;
  }

  failure(): Failure | null {
    const [first, ...rest] = this.#issues;
    if (!first) return null;
    const isMalformed = this.#issues.some(({ type }) => type === 'structure');
    return { status: isMalformed ? 400 : 422, issues: [first, ...rest] };
  }
}

const ISSUES_MAX = 20;
