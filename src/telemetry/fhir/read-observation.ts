import { isSign, OBSERVABLE_NAMES, OBSERVABLES, type Observable, type Sign } from './codes.ts';
import { isObject, type Json, objectsOf, textOf } from './json.ts';
import {
  counts,
  type Effective,
  type Identifier,
  instantMsOf,
  type Measure,
  type Observed,
  STATUSES,
  type Status,
} from './observation.ts';
import { Complaints, done, type Outcome } from './operation-outcome.ts';
import { meaningOf, readMeasure } from './read-measure.ts';
import { readTime } from './times.ts';

/** An Observation as it came in. */
export interface ReadObservation {
  readonly observed: Observed;
  /** The reference to whom it is about. */
  readonly subject: string;
  /** Observations that came inside of it and belong to it, by the `#id` that `members` names them by. */
  readonly contained: ReadonlyMap<string, Observed>;
}

const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';
const VITAL_SIGNS = 'vital-signs';
const COMPONENTS_MAX = 20;
const MEMBERS_MAX = 50;
const REFERENCE_MAX = 300;
const URI_MAX = 300;
const NOTE_MAX = 4_000;
const DEVICE_MAX = 200;
/** A clock may be so far ahead. */
const AHEAD_MS = 300_000;

/** Elements that change what the rest means, which may therefore not be passed over (R4, `isModifier`). */
const MODIFIERS = ['implicitRules', 'modifierExtension'];

/**
 * Reads an Observation of R4. What it holds beyond {@link Observed} is not kept: interpretation and reference ranges are
 * judgements of others, and are passed over. Never throws, whatever `body` is.
 */
export function readObservation(body: unknown, nowMs: number): Outcome<ReadObservation> {
  const complaints = new Complaints();
  const read = readWhole(body, nowMs, complaints);
  const failure = complaints.failure();
  if (failure || !read) {
    return {
      ok: false,
      failure: failure ?? {
        status: 400,
        issues: [{ type: 'structure', text: 'an Observation is expected' }],
      },
    };
  }
  return done(read);
}

function readWhole(body: unknown, nowMs: number, complaints: Complaints): ReadObservation | null {
  if (!isObject(body) || body.resourceType !== 'Observation') {
    return complaints.say('structure', 'Observation', 'resourceType: Observation is expected');
  }
  const observed = readObserved(body, 'Observation', nowMs, complaints);
  const subject = isObject(body.subject) ? textOf(body.subject.reference, REFERENCE_MAX) : null;
  if (subject === null) {
    complaints.say('required', 'Observation.subject', 'subject.reference: Patient/<id> is expected');
  }
  if (!observed || subject === null) return null;
  const contained = readContained(body, observed, nowMs, complaints);
  return { observed, subject, contained };
}

function readContained(
  body: Json,
  panel: Observed,
  nowMs: number,
  complaints: Complaints,
): ReadonlyMap<string, Observed> {
  const inside = new Map<string, Observed>();
  for (const [index, one] of objectsOf(body.contained, MEMBERS_MAX).entries()) {
    const id = textOf(one.id, 64);
    const reference = `#${id}`;
    // Devices and the like are passed over with whatever else is not kept.
    if (id === null || one.resourceType !== 'Observation' || !panel.members.includes(reference)) continue;
    const at = `Observation.contained[${index}]`;
    const whole: Json = {
      category: body.category,
      ...(one.effectiveDateTime || one.effectivePeriod || one.effectiveInstant ? {} : effectiveFields(body)),
      ...one,
    };
    const observed = readObserved(whole, at, nowMs, complaints);
    if (observed) inside.set(reference, { ...observed, members: [] });
  }
  const lost = panel.members.find((member) => member.startsWith('#') && !inside.has(member));
  if (lost !== undefined && complaints.isSilent) {
    complaints.say('invariant', 'Observation.hasMember', 'hasMember: a contained Observation is missing');
  }
  return inside;
}

const effectiveFields = ({ effectiveDateTime, effectivePeriod, effectiveInstant }: Json): Json => ({
  ...(effectiveDateTime === undefined ? {} : { effectiveDateTime }),
  ...(effectivePeriod === undefined ? {} : { effectivePeriod }),
  ...(effectiveInstant === undefined ? {} : { effectiveInstant }),
});

function readObserved(body: Json, at: string, nowMs: number, complaints: Complaints): Observed | null {
  for (const name of MODIFIERS) {
    if (body[name] !== undefined) complaints.say('not-supported', `${at}.${name}`, `${name}: not understood`);
  }
  const status = STATUSES.find((one) => one === body.status);
  if (!status) {
    return complaints.say('structure', `${at}.status`, `status: one of ${STATUSES.join(', ')} is expected`);
  }
  const code = readCode(body, at, complaints);
  const effective = readEffective(body, status, at, complaints);
  const issued = readIssued(body, at, complaints);
  if (!code || effective === undefined || issued === undefined) return null;
  refuseFuture({ effective, issued }, nowMs, at, complaints);
  const measures = readMeasures(code, body, at, complaints);
  const members = objectsOf(body.hasMember, MEMBERS_MAX).flatMap(
    ({ reference }) => textOf(reference, REFERENCE_MAX) ?? [],
  );
  if (Array.isArray(body.hasMember) && body.hasMember.length > MEMBERS_MAX) {
    complaints.say('too-long', `${at}.hasMember`, `hasMember: at most ${MEMBERS_MAX}`);
  }
  if (counts(status) && measures.length === 0 && members.length === 0 && complaints.isSilent) {
    complaints.say('invariant', at, 'a value, a dataAbsentReason, a component or a hasMember is expected');
  }
  const identifier = readIdentifier(body);
  return {
    status,
    code,
    identifier,
    effective,
    issued,
    measures,
    members,
    note: readNote(body),
    device: isObject(body.device) ? textOf(body.device.display, DEVICE_MAX) : null,
  };
}

function readCode(body: Json, at: string, complaints: Complaints): Observable | null {
  const meaning = meaningOf(body.code);
  const categories = objectsOf(body.category).flatMap(({ coding }) => objectsOf(coding));
  if (meaning && categories.some(({ system, code }) => system === CATEGORIES && code === VITAL_SIGNS)) {
    return meaning;
  }
  if (meaning) {
    // Glucose of a laboratory has the same code as that of a meter at home.
    const text = `category: only ${VITAL_SIGNS} of ${CATEGORIES} is kept here; a result of a laboratory is not`;
    return complaints.say('business-rule', `${at}.category`, text);
  }
  if (meaning === null) {
    return complaints.say('code-invalid', `${at}.code`, 'code: its codings name different vital signs');
  }
  const known = OBSERVABLE_NAMES.map((name) => OBSERVABLES[name].code).join(', ');
  return complaints.say(
    'code-invalid',
    `${at}.code`,
    `code: none of its codings is kept here; known are ${known}`,
  );
}

const EFFECTIVES = ['effectiveDateTime', 'effectiveInstant', 'effectivePeriod', 'effectiveTiming'] as const;

/** Undefined: it can't be taken, and why was said. */
function readEffective(
  body: Json,
  status: Status,
  at: string,
  complaints: Complaints,
): Effective | null | undefined {
  const said = EFFECTIVES.filter((name) => body[name] !== undefined);
  const [name] = said;
  if (said.length > 1) complaints.say('structure', at, 'effective[x]: only one is possible');
  else if (name === undefined) {
    if (!counts(status)) return null;
    complaints.say('required', at, 'effectiveDateTime: when it was so is expected');
  } else if (name === 'effectiveTiming') {
    complaints.say('not-supported', `${at}.${name}`, `${name}: not kept; send one Observation for each time`);
  } else {
    const effective = name === 'effectivePeriod' ? periodOf(body[name]) : instantOf(name, body[name]);
    if (effective) return effective;
    complaints.say('structure', `${at}.${name}`, `${name}: a time as in 2026-01-31T12:00:00Z is expected`);
  }
  return undefined;
}

function instantOf(name: 'effectiveDateTime' | 'effectiveInstant', value: unknown): Effective | null {
  const start = typeof value === 'string' && readTime(value) ? value : null;
  return start === null
    ? null
    : { kind: name === 'effectiveInstant' ? 'instant' : 'dateTime', start, end: null };
}

function periodOf(value: unknown): Effective | null {
  if (!isObject(value)) return null;
  const ends = [value.start, value.end].map((end) => {
    if (end === undefined) return null;
    return typeof end === 'string' ? readTime(end) && end : undefined;
  });
  const [start, end] = ends;
  if (start === undefined || end === undefined || (start === null && end === null)) return null;
  if (value.start !== undefined && start === null) return null;
  if (value.end !== undefined && end === null) return null;
  if (start !== null && end !== null && (readTime(end)?.toMs ?? 0) <= (readTime(start)?.fromMs ?? 0))
    return null;
  return { kind: 'period', start, end };
}

function readIssued({ issued }: Json, at: string, complaints: Complaints): string | null | undefined {
  if (issued === undefined) return null;
  if (typeof issued === 'string' && readTime(issued)?.isExact) return issued;
  complaints.say(
    'structure',
    `${at}.issued`,
    'issued: an instant as in 2026-01-31T12:00:00.000Z is expected',
  );
  return undefined;
}

function refuseFuture(
  times: Pick<Observed, 'effective' | 'issued'>,
  nowMs: number,
  at: string,
  complaints: Complaints,
): void {
  const atMs = instantMsOf(times);
  if (atMs === null || atMs <= nowMs + AHEAD_MS) return;
  complaints.say('business-rule', `${at}.effective`, 'effective[x]: lies in the future');
}

/** The value of the code itself, then the components that are known; others are passed over. Each sign once. */
function readMeasures(code: Observable, body: Json, at: string, complaints: Complaints): readonly Measure[] {
  const measures: Measure[] = [];
  const taken = new Set<Sign>();
  const add = (sign: Sign, of: Json, place: string) => {
    if (taken.has(sign)) complaints.say('invariant', place, 'component: the same sign a second time');
    taken.add(sign);
    const measure = readMeasure(sign, of, place, complaints);
    if (measure && (measure.value !== null || measure.absent !== null)) measures.push(measure);
  };
  if (isSign(code)) add(code, body, at);
  else if (Object.keys(body).some((name) => /^value[A-Z]/.test(name))) {
    complaints.say('invariant', at, 'value[x]: a panel has none of its own');
  }
  const { component } = body;
  if (component !== undefined && !Array.isArray(component)) {
    complaints.say('structure', `${at}.component`, 'component: a list is expected');
  }
  if (Array.isArray(component) && component.length > COMPONENTS_MAX) {
    complaints.say('too-long', `${at}.component`, `component: at most ${COMPONENTS_MAX}`);
  }
  for (const [index, one] of objectsOf(component, COMPONENTS_MAX).entries()) {
    const meaning = meaningOf(one.code);
    if (meaning && isSign(meaning)) add(meaning, one, `${at}.component[${index}]`);
  }
  return measures;
}

/** The first that has a value: what a repeated Observation is recognised by. */
function readIdentifier({ identifier }: Json): Identifier | null {
  for (const one of objectsOf(identifier)) {
    const value = textOf(one.value, URI_MAX);
    if (value !== null) return { system: textOf(one.system, URI_MAX), value };
  }
  return null;
}

function readNote({ note }: Json): string | null {
  const text = objectsOf(note)
    .flatMap((one) => textOf(one.text, NOTE_MAX) ?? [])
    .join('\n');
  // What is cut off must not leave half of a character.
  return text === '' ? null : text.slice(0, NOTE_MAX).replace(/[\ud800-\udbff]$/, '');
}
