import type { SampleSource } from '../vitals/sample.ts';
import type { Consciousness, Doubt } from '../vitals/vitals.ts';
import {
  CONSCIOUSNESS_ANSWERS,
  codingsOf,
  isNumberSign,
  LOINC,
  NO,
  OBSERVABLES,
  type Observable,
  type Sign,
  SNOMED,
  YES,
} from './codes.ts';
import { type Json, lean } from './json.ts';
import { counts, doubtsAbout, type Effective, type Measure, type Observed } from './observation.ts';
import { instantOf } from './times.ts';
import { unitOf } from './units.ts';

/** An Observation as it goes out. */
export interface Shown {
  readonly id: string;
  readonly version: number;
  readonly updatedAtMs: number;
  /** `Patient/<this>`. */
  readonly patientId: string;
  readonly source: SampleSource;
  /** Which paired device measured it; null: none of ours. */
  readonly deviceId: string | null;
  readonly observed: Observed;
  /** By sign, of those that were stored with a sample; worked out from the values when absent. */
  readonly doubts?: ReadonlyMap<Sign, Doubt>;
}

const PROFILES = 'http://hl7.org/fhir/StructureDefinition/';
const UCUM = 'http://unitsofmeasure.org';
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const CATEGORY = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/observation-category',
      code: 'vital-signs',
      display: 'Vital Signs',
    },
  ],
};
/** Real numbers of the database have no more. */
const DIGITS = 6;

/** An Observation of R4, in the vital signs profile. */
export function writeObservation(shown: Shown): Json {
  const { observed, id, version, updatedAtMs, source } = shown;
  const { status, code, identifier, effective, issued, note } = observed;
  const { profile } = OBSERVABLES[code];
  const doubts = shown.doubts ?? doubtsAbout(observed.measures);
  const own = observed.measures.find(({ sign }) => sign === code);
  const components = componentsOf(observed);
  return lean({
    resourceType: 'Observation',
    id,
    meta: {
      versionId: String(version),
      lastUpdated: instantOf(updatedAtMs),
      source: `urn:muster:source:${source}`,
      profile: [`${PROFILES}vitalsigns`, ...(profile === null ? [] : [`${PROFILES}${profile}`])],
    },
    identifier:
      identifier === null
        ? undefined
        : [lean({ system: identifier.system ?? undefined, value: identifier.value })],
    status,
    category: [CATEGORY],
    code: conceptOf(code),
    subject: { reference: `Patient/${shown.patientId}` },
    ...effectiveOf(effective),
    issued: issued ?? undefined,
    ...(own ? measureOf(own, doubts) : {}),
    note: notesOf(note, doubts),
    device: deviceOf(shown),
    hasMember:
      observed.members.length === 0 ? undefined : observed.members.map((reference) => ({ reference })),
    component: components.length === 0 ? undefined : components.map((one) => componentOf(one, doubts)),
  });
}

function conceptOf(code: Observable) {
  return { coding: codingsOf(OBSERVABLES[code]), text: OBSERVABLES[code].display };
}

/** The profile of blood pressure asks for both, so one that was not measured says so. */
function componentsOf({ code, status, measures }: Observed): readonly Measure[] {
  const components = measures.filter(({ sign }) => sign !== code);
  if (code !== 'bloodPressure' || !counts(status)) return components;
  const missing = (['systolicMmhg', 'diastolicMmhg'] as const).filter(
    (sign) => !components.some((one) => one.sign === sign),
  );
  return [...components, ...missing.map((sign) => ({ sign, value: null, absent: 'unknown' }))];
}

const componentOf = (measure: Measure, doubts: ReadonlyMap<Sign, Doubt>) => ({
  code: conceptOf(measure.sign),
  ...measureOf(measure, doubts),
});

/** What is not believed goes out with its value, and with the interpretation that says not to rely on it. */
function measureOf({ sign, value, absent }: Measure, doubts: ReadonlyMap<Sign, Doubt>) {
  return lean({
    ...valueFields(sign, value),
    dataAbsentReason: absent === null ? undefined : { coding: [{ system: ABSENT, code: absent }] },
    interpretation: doubts.has(sign) ? [NOT_BELIEVED] : undefined,
  });
}

const NOT_BELIEVED = {
  coding: [{ system: INTERPRETATION, code: 'QCF', display: 'Quality control failure' }],
  text: 'kept, but not believed',
};

function valueFields(sign: Sign, value: Measure['value']): Json {
  if (value === null) return {};
  if (typeof value === 'boolean') {
    return { valueCodeableConcept: { coding: [{ system: SNOMED, ...(value ? YES : NO) }] } };
  }
  if (typeof value === 'string') return { valueCodeableConcept: answerOf(value) };
  if (!isNumberSign(sign)) return {};
  const { code, text } = unitOf(sign);
  const rounded = Number(value.toPrecision(DIGITS));
  return { valueQuantity: { value: rounded, unit: text, system: UCUM, code } };
}

function answerOf(letter: Consciousness) {
  const { loinc, snomed } = CONSCIOUSNESS_ANSWERS[letter];
  return {
    coding: [
      { system: LOINC, ...loinc },
      { system: SNOMED, ...snomed },
    ],
    text: loinc.display,
  };
}

function effectiveOf(effective: Effective | null): Json {
  if (effective === null) return {};
  const { kind, start, end } = effective;
  if (kind === 'period')
    return { effectivePeriod: lean({ start: start ?? undefined, end: end ?? undefined }) };
  return kind === 'instant' ? { effectiveInstant: start } : { effectiveDateTime: start };
}

const DOUBTS: Readonly<Record<Doubt, string>> = {
  below_plausible: 'below what a person can have',
  above_plausible: 'above what a person can have',
  contradicts: 'contradicts another value of the same measurement',
};

function notesOf(note: string | null, doubts: ReadonlyMap<Sign, Doubt>) {
  const notes = [...doubts].map(([sign, doubt]) => ({
    text: `${OBSERVABLES[sign].display}: kept, but not believed: ${DOUBTS[doubt]}`,
  }));
  const all = note === null ? notes : [{ text: note }, ...notes];
  return all.length === 0 ? undefined : all;
}

function deviceOf({ deviceId, observed }: Shown) {
  if (deviceId === null) return observed.device === null ? undefined : { display: observed.device };
  return lean({
    identifier: { system: 'urn:muster:device', value: deviceId },
    display: observed.device ?? undefined,
  });
}
