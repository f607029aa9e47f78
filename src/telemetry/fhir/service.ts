import type { Clock } from '../../lib/clock.ts';
import { type Answer, refusalOf } from './bundle.ts';
import { capabilityStatement } from './capability.ts';
import { readOne, search } from './finding.ts';
import type { Json } from './json.ts';
import { type IssueType, type Outcome, operationOutcome } from './operation-outcome.ts';
import { runBundle, write } from './running.ts';
import { type About, type AccessParts, type Caller, Visit } from './visit.ts';
import type { WriteAsked, WritingParts } from './writing.ts';

export interface FhirParts extends WritingParts, AccessParts {
  readonly clock: Clock;
}

export interface FhirReply extends Answer {
  readonly about: readonly About[];
}

/** FHIR R4 as far as vital signs go. `base` is the address of `/fhir` as the client reaches it. */
export interface Fhir {
  create(by: Caller, base: string, body: unknown, asked: Omit<WriteAsked, 'id'>): Promise<FhirReply>;
  update(by: Caller, base: string, id: string, body: unknown, ifMatch: string | null): Promise<FhirReply>;
  read(by: Caller, base: string, id: string, version: string | null): Promise<FhirReply>;
  search(by: Caller, base: string, query: URLSearchParams): Promise<FhirReply>;
  bundle(by: Caller, base: string, body: unknown): Promise<FhirReply>;
  capability(base: string): Json;
  /** A refusal that was decided elsewhere; `error` is of the table of errors. */
  refusal(type: IssueType, text: string, error?: string): Json;
}

export function openFhir(parts: FhirParts): Fhir {
  const { store, clock } = parts;
  const visit = async (by: Caller, base: string, work: (visit: Visit) => Promise<Outcome<Answer>>) => {
    const visiting = new Visit(parts, by, base, clock.nowMs());
    const outcome = await work(visiting);
    return { ...(outcome.ok ? outcome.value : refusalOf(outcome.failure)), about: visiting.about };
  };
  return {
    create: (by, base, body, asked) =>
      visit(by, base, (visiting) => write(parts, visiting, body, { ...asked, id: null })),
    update: (by, base, id, body, ifMatch) =>
      visit(by, base, (visiting) => write(parts, visiting, body, { id, ifMatch, ifNoneExist: null })),
    read: (by, base, id, version) => visit(by, base, (visiting) => readOne(store, visiting, id, version)),
    search: (by, base, query) => visit(by, base, (visiting) => search(store, visiting, query)),
    bundle: (by, base, body) =>
      visit(by, base, async (visiting) => {
        const run = await runBundle(parts, visiting, body);
        return run.ok ? { ok: true, value: { status: 200, resource: run.value } } : run;
      }),
    capability: capabilityStatement,
    refusal: (type, text, error) =>
      operationOutcome([{ type, text, ...(error === undefined ? {} : { error }) }]),
  };
}
