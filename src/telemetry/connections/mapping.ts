import { z } from 'zod';
import { isUnitOf } from '../vitals/units.ts';
import { VITAL_NAMES, type VitalName } from '../vitals/vitals.ts';
import { POINTER } from './pointer.ts';

const name = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'is no name of small letters, digits and _');
const pointer = z.string().max(200).regex(POINTER, 'is no JSON pointer (RFC 6901)');
/** Of several the first that is there: providers spell the same field in more than one way. */
const pointers = z.union([pointer, z.array(pointer).min(1).max(8)]);
const statuses = z.array(z.number().int().min(200).max(499)).max(8);
const words = z.array(z.string().max(64)).min(1).max(16);

const hasOwnHost = (text: string) => /^\{[a-z][a-z0-9_]*\}\//.test(text);
const url = z.string().max(400).refine(hasOwnHost, 'does not begin with one of "hosts", as in {api}/path');
const query = z.record(z.string().max(64), z.string().max(400)).default({});

const time = z.strictObject({
  path: pointers,
  /**
   * `s` and `ms`: since 1970; `date`, `iso`: ISO 8601; `time_of_day`: `HH:mm:ss` of `day`; `after_s` and `after_ms`: so long
   * after the time of the record.
   */
  format: z.enum(['iso', 'date', 's', 'ms', 'time_of_day', 'after_s', 'after_ms']),
  /** Of the record; for `time_of_day`. */
  day: pointers.optional(),
  /** What a time without an offset is in: UTC, the time zone of the person, or an offset that the record names. */
  zone: z.union([z.enum(['utc', 'person']), z.strictObject({ offset: pointers })]).default('utc'),
});

const value = z.strictObject({
  path: pointers,
  /** UCUM. */
  unit: z.string().max(32),
  /** Values that stand for "nothing was measured". */
  skip: z.array(z.number()).max(8).default([]),
});

const inUnit = z.strictObject({ path: pointers, unit: z.enum(['s', 'ms', 'min']) });

/** As text it is one of these. */
const condition = z.strictObject({ path: pointers, is: words });

const samples = z.strictObject({
  /** A list within the record, of which each is read; absent: the record itself. Everything but `day` and zones is read in it. */
  each: pointers.optional(),
  where: condition.optional(),
  /** Absent: the time of the record. */
  at: time.optional(),
  /** Values are lists, or texts with commas, counted from the time on: so far apart, or so long after it each. */
  series: z.union([z.strictObject({ every: inUnit }), z.strictObject({ offsets: inUnit })]).optional(),
  values: z.partialRecord(z.enum(VITAL_NAMES as [VitalName, ...VitalName[]]), value),
});

const pages = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('page'), first: z.number().int().min(0).max(1).default(1), size: size() }),
  z.strictObject({ kind: z.literal('offset'), size: size() }),
  z.strictObject({ kind: z.literal('cursor'), next: pointers, size: size() }),
  /** Spans of whole days, one after the other. */
  z.strictObject({ kind: z.literal('days'), days: z.number().int().min(1).max(90) }),
]);

function size() {
  return z.number().int().min(1).max(1_000).default(100);
}

const resource = z.strictObject({
  name,
  title: z.string().min(1).max(120),
  /** Read only when the person asks for it. */
  optional: z.boolean().default(false),
  /** Of those that were asked for, the one without which there is nothing to read. */
  scope: z.string().max(120).optional(),
  request: z.strictObject({ url, query }),
  pages: pages.default({ kind: 'none' }),
  /** How far back the first reading goes. */
  firstDays: z.number().min(0).max(90).default(30),
  /** How long after it was measured something may still arrive at the provider. */
  overlapHours: z.number().min(0).max(720).default(48),
  list: pointers.default(''),
  record: z.strictObject({ id: pointers.optional(), at: time, where: condition.optional() }),
  /** A further request for each record that was not read before; its answer is at `/detail` of the record. */
  detail: z
    .strictObject({
      url,
      query,
      /** Of which records there is one. */
      where: condition.optional(),
      empty: statuses.default([404]),
    })
    .optional(),
  /** Answers that mean: there is nothing. */
  empty: statuses.default([204]),
  samples: z.array(samples).min(1).max(16),
});

const call = z.strictObject({
  method: z.enum(['POST', 'PUT', 'DELETE']),
  url,
  json: z.record(z.string(), z.string().max(400)).optional(),
  /** Besides every 2xx. */
  accept: statuses.default([]),
});

const oauth = z.strictObject({
  authorizationUrl: url,
  tokenUrl: url,
  /** RFC 7009. */
  revocationUrl: url.optional(),
  /** How the client proves who it is (RFC 6749, 2.3.1), and where it revokes in another way. */
  clientAuth: z.enum(['basic', 'post', 'none']),
  revocationAuth: z.enum(['basic', 'post', 'none']).optional(),
  scopes: z.array(z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,120}$/, 'is no scope')).max(32),
  scopeSeparator: z.enum([' ', ',']).default(' '),
  /** Further fields of the address that the person is sent to. */
  parameters: z.record(z.string().max(64), z.string().max(200)).default({}),
  /** Where the answer with the first token says who the person is there. */
  externalUserId: pointers.optional(),
});

const shape = z.strictObject({
  provider: name,
  title: z.string().min(1).max(120),
  /** For people who read the file. */
  notes: z.array(z.string()).default([]),
  /** Where its addresses begin. Nothing else is ever asked; an operator can replace them. */
  hosts: z.record(name, z.string().max(200)),
  oauth,
  /** Once, after somebody has agreed. */
  afterConsent: z.array(call).max(4).default([]),
  /** When they disconnect, instead of `revocationUrl`. */
  onDisconnect: call.optional(),
  /** At most so many in one go; the rest follows soon after. */
  requestsPerSync: z.number().int().min(1).max(1_000).default(100),
  resources: z.array(resource).min(1).max(32),
});

export type Mapping = z.output<typeof shape>;
export type Resource = Mapping['resources'][number];
export type SampleRule = Resource['samples'][number];
export type TimeRule = z.output<typeof time>;
export type ProviderCall = z.output<typeof call>;
export type Condition = z.output<typeof condition>;

export const SINCE_PLACES = ['sinceS', 'sinceMs', 'sinceIso', 'sinceDate'] as const;
export const UNTIL_PLACES = ['untilS', 'untilMs', 'untilIso', 'untilDate'] as const;
const RANGE_PLACES: readonly string[] = [...SINCE_PLACES, ...UNTIL_PLACES];
const PERSON_PLACES = ['externalUserId', 'connectionId'];
const PAGE_PLACES: Readonly<Record<Resource['pages']['kind'], readonly string[]>> = {
  none: [],
  page: ['page', 'limit'],
  offset: ['offset', 'limit'],
  cursor: ['cursor', 'limit'],
  days: [],
};

/** A file that says how one provider is asked and what its answers mean. Issues name the field. */
export const mapping = shape.superRefine((given, context) => {
  const wrong = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const placesIn = (path: (string | number)[], texts: readonly string[], allowed: readonly string[]) => {
    for (const place of texts.flatMap((text) =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([, found]) => found ?? ''),
    ))
      if (!allowed.includes(place)) wrong(path, `holds {${place}}, which is none of ${allowed.join(', ')}`);
  };
  const hosts = Object.keys(given.hosts);
  const plain = [...hosts, ...PERSON_PLACES];
  for (const field of ['authorizationUrl', 'tokenUrl', 'revocationUrl'] as const)
    placesIn(['oauth', field], [given.oauth[field] ?? ''], hosts);
  const calls = [...given.afterConsent.entries()].map(([i, one]) => [['afterConsent', i], one] as const);
  for (const [path, one] of [...calls, [['onDisconnect'], given.onDisconnect] as const])
    placesIn([...path], [one?.url ?? '', ...Object.values(one?.json ?? {})], plain);
  for (const [i, each] of given.resources.entries()) {
    const here = ['resources', i];
    const ranged = [...plain, ...RANGE_PLACES];
    const allowed = [...ranged, ...PAGE_PLACES[each.pages.kind]];
    placesIn([...here, 'request'], [each.request.url, ...Object.values(each.request.query)], allowed);
    if (each.detail)
      placesIn(
        [...here, 'detail'],
        [each.detail.url, ...Object.values(each.detail.query)],
        [...ranged, 'id'],
      );
    if (each.detail && each.record.id === undefined)
      wrong([...here, 'record', 'id'], 'is needed for "detail"');
    checkResource(each, (path, message) => wrong([...here, ...path], message));
  }
  const names = given.resources.map((each) => each.name);
  if (new Set(names).size < names.length) wrong(['resources'], 'has two of the same name');
});

function checkResource(each: Resource, wrong: (path: (string | number)[], message: string) => void): void {
  const checkTime = (path: (string | number)[], rule: TimeRule | undefined) => {
    if (rule?.format === 'time_of_day' && rule.day === undefined)
      wrong([...path, 'day'], 'is needed for "time_of_day"');
  };
  if (each.record.at.format.startsWith('after_')) wrong(['record', 'at', 'format'], 'has no time before it');
  checkTime(['record', 'at'], each.record.at);
  for (const [i, rule] of each.samples.entries()) {
    const here = ['samples', i];
    checkTime([...here, 'at'], rule.at);
    for (const [sign, { unit }] of Object.entries(rule.values))
      if (!isUnitOf(sign as VitalName, unit))
        wrong([...here, 'values', sign, 'unit'], `"${unit}" is no unit of it`);
  }
}

/** What a person may set of a connection: which of the mapping's resources are read. */
export function settingsOf({ resources }: Mapping) {
  const names = resources.map((each) => each.name) as [string, ...string[]];
  return z.strictObject({ resources: z.array(z.enum(names)).max(names.length).optional() });
}

/** The resources that are read by these settings and with what the person has allowed. */
export function resourcesRead(
  { resources }: Mapping,
  settings: { readonly resources?: readonly string[] | undefined },
  granted: readonly string[],
): Resource[] {
  const wanted = settings.resources;
  return resources.filter(
    ({ name: one, optional, scope }) =>
      (wanted ? wanted.includes(one) : !optional) && (scope === undefined || granted.includes(scope)),
  );
}
