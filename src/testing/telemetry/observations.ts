/** Observations of FHIR R4 as other systems send them. */

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';

export const quantity = (value: number, code: string, unit = code) => ({
  value,
  unit,
  system: UCUM,
  code,
});

export const concept = (code: string, system = LOINC) => ({ coding: [{ system, code }] });

const CATEGORY = [concept('vital-signs', 'http://terminology.hl7.org/CodeSystem/observation-category')];

/** A final one; what is undefined is left out. */
export function anObservation(
  patientId: string,
  code: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const all = {
    resourceType: 'Observation',
    status: 'final',
    category: CATEGORY,
    code: concept(code),
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: '2026-03-01T08:30:00Z',
    ...more,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export const heartRate = (patientId: string, bpm: number, more: Readonly<Record<string, unknown>> = {}) =>
  anObservation(patientId, '8867-4', { valueQuantity: quantity(bpm, '/min'), ...more });

export const absent = (code: string) =>
  concept(code, 'http://terminology.hl7.org/CodeSystem/data-absent-reason');

/** Null: it was not measured. */
export function bloodPressure(
  patientId: string,
  systolic: number | null,
  diastolic: number | null,
  more: Readonly<Record<string, unknown>> = {},
) {
  const component = (code: string, value: number | null) => ({
    code: concept(code),
    ...(value === null
      ? { dataAbsentReason: absent('not-performed') }
      : { valueQuantity: quantity(value, 'mm[Hg]') }),
  });
  return anObservation(patientId, '85354-9', {
    component: [component('8480-6', systolic), component('8462-4', diastolic)],
    ...more,
  });
}

export const identified = (value: string, system = 'http://hospital.example.org/observations') => ({
  identifier: [{ system, value }],
});

/** A Bundle of one request after the other. */
export const aBundle = (
  type: 'batch' | 'transaction',
  entries: readonly {
    readonly resource?: unknown;
    readonly method?: string;
    readonly url?: string;
    readonly fullUrl?: string;
    readonly ifNoneExist?: string;
  }[],
) => ({
  resourceType: 'Bundle',
  type,
  entry: entries.map(({ resource, fullUrl, method = 'POST', url = 'Observation', ifNoneExist }) => ({
    ...(fullUrl === undefined ? {} : { fullUrl }),
    ...(resource === undefined ? {} : { resource }),
    request: { method, url, ...(ifNoneExist === undefined ? {} : { ifNoneExist }) },
  })),
});
