import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { MusterError } from '../errors.ts';
import { type Call, path, type Transport } from './transport.ts';

/** A resource of FHIR R4, as JSON. */
export interface FhirResource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

export interface ObservationSearch {
  /** An account or a patient record. */
  readonly patient: string;
  /** `8867-4` or `http://loinc.org|8867-4`, alternatives with commas. */
  readonly code?: string | undefined;
  /** All of them hold: `ge2026-01-01`, `lt2026-02-01`. */
  readonly date?: readonly string[] | undefined;
  readonly status?: string | undefined;
  /** Newest first unless it is `date`. */
  readonly sort?: 'date' | '-date' | undefined;
  readonly count?: number | undefined;
}

export interface ObservationPage {
  readonly observations: readonly FhirResource[];
  /** For {@link FhirRoutes.next}; null: there is no more. */
  readonly next: string | null;
}

const resource = z.looseObject({ resourceType: z.string() });
const searchset = z.object({
  link: z.array(z.object({ relation: z.string(), url: z.string() })),
  entry: z.array(z.object({ resource })),
});
const outcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z
    .array(
      z.object({
        details: z.object({ text: z.string(), coding: z.array(z.object({ code: z.string() })).optional() }),
      }),
    )
    .min(1),
});

const JSON_TYPE = { 'content-type': 'application/fhir+json' };

/** Vital signs as Observations of FHIR R4. What is refused is told by the texts of the OperationOutcome, in `detail`. */
export class FhirRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** What the node does with FHIR: a CapabilityStatement. */
  capability(): Promise<FhirResource> {
    return this.#resource('GET', '/fhir/metadata', {});
  }

  /** Recognised by its `identifier` when it is sent again. `ifNoneExist`: as in `identifier=system|value`. */
  create(token: string, observation: FhirResource, ifNoneExist?: string): Promise<FhirResource> {
    const headers = ifNoneExist === undefined ? JSON_TYPE : { ...JSON_TYPE, 'if-none-exist': ifNoneExist };
    return this.#resource('POST', '/fhir/Observation', { token, body: observation, headers });
  }

  /** Under a UUID of one's own choice, which is its `id` too. `version`: the one that it is to follow. */
  update(token: string, id: string, observation: FhirResource, version?: string): Promise<FhirResource> {
    const headers = version === undefined ? JSON_TYPE : { ...JSON_TYPE, 'if-match': `W/"${version}"` };
    const body = { ...observation, id };
    return this.#resource('PUT', path('/fhir/Observation/:id', id), { token, body, headers });
  }

  read(token: string, id: string): Promise<FhirResource> {
    return this.#resource('GET', path('/fhir/Observation/:id', id), { token });
  }

  version(token: string, id: string, version: string): Promise<FhirResource> {
    const route = path('/fhir/Observation/:id/_history/:version', id, version);
    return this.#resource('GET', route, { token });
  }

  search(token: string, asked: ObservationSearch): Promise<ObservationPage> {
    const { patient, code, date = [], status, sort, count } = asked;
    const query = new URLSearchParams({ patient });
    for (const [name, value] of Object.entries({ code, status, _sort: sort, _count: count })) {
      if (value !== undefined) query.set(name, String(value));
    }
    for (const one of date) query.append('date', one);
    return this.#page(token, `?${query}`);
  }

  next(token: string, next: string): Promise<ObservationPage> {
    return this.#page(token, new URL(next).search);
  }

  /** A `batch` or a `transaction`. The answer has an entry for each, in order. */
  bundle(token: string, bundle: FhirResource): Promise<FhirResource> {
    return this.#resource('POST', '/fhir', { token, body: bundle, headers: JSON_TYPE, withinMs: 120_000 });
  }

  async #page(token: string, search: string): Promise<ObservationPage> {
    const found = await this.#to.read(searchset, 'GET', `/fhir/Observation${search}`, { token, refusal });
    const next = found.link.find(({ relation }) => relation === 'next')?.url ?? null;
    return { observations: found.entry.map((one) => one.resource), next };
  }

  #resource(method: string, route: string, call: Call): Promise<FhirResource> {
    return this.#to.read(resource, method, route, { ...call, refusal });
  }
}

/** An OperationOutcome as an error of the SDK; undefined: it is none. */
function refusal(status: number, body: unknown): MusterError | undefined {
  const read = outcome.safeParse(body);
  if (!read.success) return undefined;
  const details = read.data.issue.map((one) => one.details);
  const told = details[0]?.coding?.[0]?.code ?? '';
  const code = Object.hasOwn(ERRORS, told) ? (told as ErrorCode) : codeOf(status);
  return new MusterError({ code, ...ERRORS[code], detail: details.map(({ text }) => text).join('; ') });
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  return status < 500 ? 'bad_request' : 'internal';
}
