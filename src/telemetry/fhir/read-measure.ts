import type { Consciousness } from '../vitals/vitals.ts';
import {
  CONSCIOUSNESS_ANSWERS,
  isNumberSign,
  LOINC,
  NO,
  type NumberSign,
  type Observable,
  observableOf,
  type Sign,
  SNOMED,
  YES,
} from './codes.ts';
import { isObject, type Json, objectsOf, textOf } from './json.ts';
import type { Measure } from './observation.ts';
import type { Complaints } from './operation-outcome.ts';
import { converted, unitOf } from './units.ts';

const UCUM = 'http://unitsofmeasure.org';
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
const CODE_MAX = 64;
/** Nothing of a body is measured in more; what a real number of the database takes, and a double keeps exactly. */
const VALUE_MAX = 1e6;

/** What a CodeableConcept means here: undefined when nothing, null when two things at once. */
export function meaningOf(concept: unknown): Observable | null | undefined {
  const codings = isObject(concept) ? objectsOf(concept.coding) : [];
  const meanings = codings.flatMap(({ system, code }) =>
    typeof code === 'string' && typeof system === 'string' ? (observableOf(system, code) ?? []) : [],
  );
  const [first] = meanings;
  return meanings.every((one) => one === first) ? first : null;
}

/** Value and reason of an Observation or of one of its components; null: it can't be taken, and why was said. */
export function readMeasure(sign: Sign, of: Json, at: string, complaints: Complaints): Measure | null {
  const said = Object.keys(of).filter((name) => /^value[A-Z]/.test(name));
  const absent = of.dataAbsentReason === undefined ? null : reasonOf(of.dataAbsentReason);
  if (absent === undefined) {
    return complaints.say('value', `${at}.dataAbsentReason`, 'dataAbsentReason: a code is expected');
  }
  if (said.length > 1) return complaints.say('structure', at, 'value[x]: only one is possible');
  const [name] = said;
  if (name === undefined) return { sign, value: null, absent };
  if (absent !== null) {
    return complaints.say('invariant', at, 'dataAbsentReason: there is a value, so it can not be absent');
  }
  const value = isNumberSign(sign)
    ? readQuantity(sign, name, of[name], `${at}.${name}`, complaints)
    : readChoice(sign, name, of[name], `${at}.${name}`, complaints);
  return value === null ? null : { sign, value, absent: null };
}

/** Undefined: it is not as it should be. Another code system, or only words, is a reason that we don't know. */
function reasonOf(concept: unknown): string | undefined {
  if (!isObject(concept)) return undefined;
  const known = objectsOf(concept.coding).find(({ system }) => system === ABSENT);
  return known === undefined ? 'unknown' : (textOf(known.code, CODE_MAX) ?? undefined);
}

function readQuantity(
  sign: NumberSign,
  name: string,
  quantity: unknown,
  at: string,
  complaints: Complaints,
): number | null {
  const wanted = `valueQuantity in ${unitOf(sign).code}, or another unit of it, of ${UCUM}`;
  if (name !== 'valueQuantity' || !isObject(quantity)) {
    return complaints.say('not-supported', at, `${name}: ${wanted} is expected`);
  }
  // It changes what the value means, so it must not be passed over.
  if (quantity.comparator !== undefined) {
    return complaints.say('not-supported', `${at}.comparator`, 'comparator: only exact values are kept');
  }
  const { value, system, code } = quantity;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return complaints.say('structure', `${at}.value`, 'value: a number is expected');
  }
  if (Math.abs(value) > VALUE_MAX) {
    return complaints.say('value', `${at}.value`, `value: at most ${VALUE_MAX}, with either sign`);
  }
  const kept = system === UCUM && typeof code === 'string' ? converted(sign, value, code) : null;
  if (kept === null) return complaints.say('code-invalid', `${at}.code`, `code: ${wanted} is expected`);
  return kept;
}

function readChoice(
  sign: Exclude<Sign, NumberSign>,
  name: string,
  value: unknown,
  at: string,
  complaints: Complaints,
): Consciousness | boolean | null {
  if (sign === 'onOxygen' && name === 'valueBoolean' && typeof value === 'boolean') return value;
  const codings = name === 'valueCodeableConcept' && isObject(value) ? objectsOf(value.coding) : [];
  const answers = codings.flatMap((coding) => answerOf(sign, coding) ?? []);
  const [first] = answers;
  if (first !== undefined && answers.every((one) => one === first)) return first;
  const wanted =
    sign === 'onOxygen'
      ? `valueBoolean, or ${YES.code} or ${NO.code} of ${SNOMED}`
      : `valueCodeableConcept with one of ${Object.values(CONSCIOUSNESS_ANSWERS)
          .map(({ loinc }) => loinc.code)
          .join(', ')} of ${LOINC}`;
  return complaints.say('code-invalid', at, `${name}: ${wanted} is expected`);
}

function answerOf(
  sign: Exclude<Sign, NumberSign>,
  { system, code }: Json,
): Consciousness | boolean | undefined {
  if (sign === 'onOxygen') {
    if (system !== SNOMED) return undefined;
    return code === YES.code ? true : code === NO.code ? false : undefined;
  }
  const answers = Object.entries(CONSCIOUSNESS_ANSWERS) as [
    Consciousness,
    (typeof CONSCIOUSNESS_ANSWERS)['A'],
  ][];
  return answers.find(
    ([, { loinc, snomed }]) =>
      (system === LOINC && code === loinc.code) || (system === SNOMED && code === snomed.code),
  )?.[0];
}
