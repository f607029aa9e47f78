import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXAMPLES, meaningOf } from '../../testing/telemetry/observation-meaning.ts';
import {
  absent,
  anObservation,
  bloodPressure,
  concept,
  heartRate,
  quantity,
} from '../../testing/telemetry/observations.ts';
import { readBundle } from './bundle.ts';
import { doubtsAbout, type Observed, vitalsOf } from './observation.ts';
import { readObservation } from './read-observation.ts';
import { writeObservation } from './write-observation.ts';

const PATIENT = '00000000-0000-4000-8000-000000000001';
const NOW = Date.parse('2026-03-01T09:00:00Z');
const SNOMED = 'http://snomed.info/sct';

const read = (body: unknown) => readObservation(body, NOW);
const observed = (body: unknown): Observed => {
  const outcome = read(body);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
  return outcome.value.observed;
};
const vitals = (body: unknown) => vitalsOf(observed(body).measures);
const refusal = (body: unknown): readonly [number, string] => {
  const outcome = read(body);
  if (outcome.ok) throw new Error('it was taken');
  const { status, issues } = outcome.failure;
  return [status, issues.map(({ type, text, expression }) => `${type} ${expression} ${text}`).join('; ')];
};
const written = (one: Observed) =>
  writeObservation({
    id: PATIENT,
    version: 1,
    updatedAtMs: NOW,
    patientId: PATIENT,
    source: 'fhir',
    deviceId: null,
    observed: one,
  });

describe.skipIf(EXAMPLES.length === 0)('the examples of HL7 (skipped without ../shared/data)', () => {
  test.each(EXAMPLES.filter(({ id }) => id !== 'f001'))(
    '$id comes out with the meaning it came in with',
    (one) => {
      expect(meaningOf(written(observed(one)))).toEqual(meaningOf(one));
    },
  );

  test('a glucose of a laboratory is refused, and why', () => {
    const laboratory = EXAMPLES.find(({ id }) => id === 'f001');
    expect(refusal(laboratory)).toEqual([422, expect.stringMatching(/business-rule.*category.*laboratory/)]);
  });
});

describe('a value', () => {
  test.each([
    ['29463-7', 185, '[lb_av]', { weightKg: 83.9146 }],
    ['29463-7', 3_400, 'g', { weightKg: 3.4 }],
    ['8310-5', 98.6, '[degF]', { temperatureC: 37 }],
    ['8331-1', 36.6, 'Cel', { temperatureC: 36.6 }],
    ['2339-0', 99, 'mg/dL', { glucoseMmolL: 5.4952 }],
    ['41653-7', 99, 'mg/dl', { glucoseMmolL: 5.4952 }],
    ['8867-4', 72, '{beats}/min', { heartRateBpm: 72 }],
    ['59408-5', 97, '%', { spo2Pct: 97 }],
    ['3151-8', 2, 'l/min', { oxygenLpm: 2, onOxygen: true }],
    ['3151-8', 0, 'L/min', { oxygenLpm: 0, onOxygen: false }],
    ['3150-6', 28, '%', { onOxygen: true }],
    ['3150-6', 21, '%', { onOxygen: false }],
    ['8302-2', 66.9, '[in_i]', {}],
  ])('%s of %d %s is kept as it is counted', (code, value, unit, expected) => {
    expect(vitals(anObservation(PATIENT, code, { valueQuantity: quantity(value, unit) }))).toEqual(expected);
  });

  test.each([
    ['a unit of something else', quantity(72, 'kg')],
    ['a unit in words', { value: 72, unit: 'bpm' }],
    ['a unit of another system', { ...quantity(72, '/min'), system: 'http://units.example.org' }],
    ['a name of an object', quantity(72, 'toString')],
    ['a number in quotes', { ...quantity(72, '/min'), value: '72' }],
    ['no number', { ...quantity(72, '/min'), value: null }],
    ['one out of bounds', quantity(1e7, '/min')],
    ['a comparator', { ...quantity(72, '/min'), comparator: '<' }],
    ['a list', [quantity(72, '/min')]],
  ])('with %s is refused', (_what, valueQuantity) => {
    expect(refusal(anObservation(PATIENT, '8867-4', { valueQuantity }))[1]).toContain(
      'Observation.valueQuantity',
    );
  });

  test('that can not be is kept, and doubted', () => {
    const { measures } = observed(bloodPressure(PATIENT, 80, 90));
    expect([...doubtsAbout(measures).values()]).toEqual(['contradicts', 'contradicts']);
    const tall = observed(anObservation(PATIENT, '8302-2', { valueQuantity: quantity(4, 'm') }));
    expect(doubtsAbout(tall.measures)).toEqual(new Map([['heightCm', 'above_plausible']]));
  });

  test.each([
    ['A', concept('LA9340-6')],
    ['C', concept('LA6560-2')],
    ['V', concept('300202002', SNOMED)],
    ['P', { coding: [{ system: 'urn:other', code: 'x' }, ...concept('LA17107-6').coding] }],
    ['U', concept('422768004', SNOMED)],
  ])('of consciousness is %s by LOINC or SNOMED CT', (letter, valueCodeableConcept) => {
    for (const code of ['80288-4', '67775-7']) {
      const one = anObservation(PATIENT, code, { valueCodeableConcept });
      expect(vitals(one)).toEqual({ consciousness: letter });
      expect(vitals(written(observed(one)))).toEqual({ consciousness: letter });
    }
  });

  test('of consciousness that says two things, or nothing that is known, is refused', () => {
    const both = { coding: [...concept('LA9340-6').coding, ...concept('422768004', SNOMED).coding] };
    for (const valueCodeableConcept of [both, concept('drowsy'), { text: 'Alert' }]) {
      expect(refusal(anObservation(PATIENT, '80288-4', { valueCodeableConcept }))[0]).toBe(422);
    }
  });

  test('of oxygen given is yes or no', () => {
    const code = concept('371825009', SNOMED);
    expect(vitals(anObservation(PATIENT, '', { code, valueBoolean: true }))).toEqual({ onOxygen: true });
    const no = { code, valueCodeableConcept: concept('373067005', SNOMED) };
    expect(vitals(anObservation(PATIENT, '', no))).toEqual({ onOxygen: false });
  });

  test('of saturation comes with the oxygen that was given, as its components', () => {
    const component = [{ code: concept('3151-8'), valueQuantity: quantity(6, 'L/min') }];
    const one = anObservation(PATIENT, '2708-6', { valueQuantity: quantity(95, '%'), component });
    expect(vitals(one)).toEqual({ spo2Pct: 95, oxygenLpm: 6, onOxygen: true });
    expect(meaningOf(written(observed(one)))).toEqual(meaningOf(one));
  });
});

describe('what is not there', () => {
  test('is kept with its reason, and counts as nothing', () => {
    const one = observed(bloodPressure(PATIENT, 107, null));
    expect(vitalsOf(one.measures)).toEqual({ systolicMmhg: 107 });
    expect(meaningOf(written(one))).toMatchObject({
      components: [{ value: ['107.00', 'mm[Hg]'] }, { absent: 'not-performed' }],
    });
    expect(
      vitals(heartRate(PATIENT, 0, { valueQuantity: undefined, dataAbsentReason: absent('error') })),
    ).toEqual({});
  });

  test('a blood pressure without a diastolic goes out with the word that it is unknown', () => {
    const component = [{ code: concept('8480-6'), valueQuantity: quantity(120, 'mm[Hg]') }];
    expect(meaningOf(written(observed(anObservation(PATIENT, '85354-9', { component }))))).toMatchObject({
      components: [{ code: '8480-6' }, { code: '8462-4', absent: 'unknown' }],
    });
  });

  test.each([
    ['neither value nor reason', { valueQuantity: undefined }, 422, 'a value, a dataAbsentReason'],
    ['both', { dataAbsentReason: absent('unknown') }, 422, 'it can not be absent'],
    ['no subject', { subject: undefined }, 422, 'subject.reference'],
    ['no time', { effectiveDateTime: undefined }, 422, 'effectiveDateTime'],
    ['no status', { status: undefined }, 400, 'status: one of registered'],
    ['a status of another version', { status: 'done' }, 400, 'status: one of registered'],
    ['no category', { category: undefined }, 422, 'category'],
    ['no code', { code: { text: 'pulse' } }, 422, 'known are 8867-4'],
    ['a code that is not kept', { code: concept('2160-0') }, 422, 'known are 8867-4'],
    [
      'codes that differ',
      { code: { coding: [...concept('8867-4').coding, ...concept('9279-1').coding] } },
      422,
      'different',
    ],
    ['two values', { valueString: 'seventy' }, 400, 'only one'],
    [
      'an extension that changes its meaning',
      { modifierExtension: [{ url: 'urn:not' }] },
      422,
      'not understood',
    ],
    ['a time that is none', { effectiveDateTime: '2026-02-30' }, 400, 'effectiveDateTime'],
    ['a time of day without a zone', { effectiveDateTime: '2026-02-28T10:00:00' }, 400, 'effectiveDateTime'],
    ['the future', { effectiveDateTime: '2026-03-01T09:06:00Z' }, 422, 'future'],
    ['a timing', { effectiveDateTime: undefined, effectiveTiming: {} }, 422, 'one Observation for each time'],
    [
      'a period that ends first',
      { effectiveDateTime: undefined, effectivePeriod: { start: '2026-02', end: '2026-01' } },
      400,
      'effectivePeriod',
    ],
  ])('an Observation with %s is refused', (_what, more, status, words) => {
    expect(refusal(heartRate(PATIENT, 72, more))).toEqual([status, expect.stringContaining(words)]);
  });

  test('all that is wrong is said at once', () => {
    const [status, words] = refusal(heartRate(PATIENT, 72, { subject: undefined, effectiveDateTime: '1' }));
    expect(status).toBe(400);
    expect(words).toMatch(/effectiveDateTime.*subject/);
  });

  test('a retraction needs no time and no value', () => {
    for (const status of ['cancelled', 'entered-in-error', 'registered', 'unknown']) {
      const bare = { status, effectiveDateTime: undefined, valueQuantity: undefined };
      expect(observed(heartRate(PATIENT, 72, bare)).status).toBe(status);
    }
  });

  test('a panel whose contained member is missing is refused', () => {
    const panel = anObservation(PATIENT, '85353-1', { hasMember: [{ reference: '#m1' }] });
    expect(refusal(panel)[1]).toContain('contained');
  });
});

describe('whatever comes in', () => {
  const base = bloodPressure(PATIENT, 120, 80, {
    id: 'x',
    note: [{ text: 'sitting' }],
    device: { display: 'cuff' },
  });
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('\0', '\ud800', '__proto__', 'constructor', [], {}, [[]], [null], 1e308, -0),
  );
  /** The paths of all elements. */
  const pathsOf = (
    value: unknown,
    at: readonly (string | number)[] = [],
  ): (readonly (string | number)[])[] =>
    typeof value !== 'object' || value === null
      ? [at]
      : [at, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...at, name]))];
  const replaced = (value: unknown, [first, ...rest]: readonly (string | number)[], by: unknown): unknown => {
    if (first === undefined) return by;
    const copy = structuredClone(value) as Record<string | number, unknown>;
    copy[first] = replaced(copy[first], rest, by);
    return copy;
  };

  test('is taken or refused, and never thrown', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(base)), junk, (path, by) => {
        const outcome = read(replaced(base, path, by));
        if (outcome.ok) {
          const out = written(outcome.value.observed);
          expect(JSON.parse(JSON.stringify(out))).toEqual(out);
          expect(JSON.stringify(out)).not.toMatch(/\\u0000|\\ud800/);
        } else {
          expect(outcome.failure.status).toBeGreaterThanOrEqual(400);
          expect(outcome.failure.issues.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('as a Bundle is taken or refused, and never thrown', () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ fullUrl: 'urn:uuid:1', resource: base, request: { method: 'POST', url: 'Observation' } }],
    };
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(bundle)), junk, (path, by) => {
        const outcome = readBundle(replaced(bundle, path, by));
        if (outcome.ok) for (const entry of outcome.value.entries) expect(typeof entry.ok).toBe('boolean');
      }),
      { numRuns: 1_000 },
    );
  });

  test('and is taken goes out as something that says the same', () => {
    const number = fc.integer({ min: -1_000, max: 9_999 }).map((value) => value / 10);
    const one = fc.oneof(
      number.map((value) => heartRate(PATIENT, value)),
      fc.tuple(fc.option(number), fc.option(number)).map(([s, d]) => bloodPressure(PATIENT, s, d)),
      number.map((value) => anObservation(PATIENT, '29463-7', { valueQuantity: quantity(value, '[lb_av]') })),
      fc
        .constantFrom(
          '2026',
          '2026-02',
          '2026-02-28',
          '2026-02-28T23:59:59+14:00',
          '2026-02-28T01:02:03.4567Z',
        )
        .map((effectiveDateTime) => heartRate(PATIENT, 72, { effectiveDateTime })),
    );
    fc.assert(
      fc.property(one, (body) => {
        const first = observed(body);
        const again = observed(written(first));
        expect({ ...again, note: first.note }).toEqual({
          ...first,
          measures: first.measures.map((measure) => ({
            ...measure,
            value: typeof measure.value === 'number' ? Number(measure.value.toPrecision(6)) : measure.value,
          })),
        });
      }),
    );
  });
});
