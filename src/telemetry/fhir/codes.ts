import type { Consciousness, VitalName } from '../vitals/vitals.ts';
import { VITAL_SIGNS } from '../vitals/vitals.ts';

export const LOINC = 'http://loinc.org';
export const SNOMED = 'http://snomed.info/sct';

/** What somebody's condition is described by that the table of vital signs has no column for. */
export type FurtherSign = 'meanPressureMmhg' | 'heightCm' | 'bmiKgM2' | 'headCm' | 'oxygenPct';
export type NumberSign = VitalName | FurtherSign;
export type Sign = NumberSign | 'consciousness' | 'onOxygen';
export type Panel = 'bloodPressure' | 'vitalSigns';
/** What an Observation is of. */
export type Observable = Sign | Panel;

export interface ObservableCode {
  /** Of LOINC, or of SNOMED CT where LOINC has none. The one that is stored and written first. */
  readonly code: string;
  readonly system: typeof LOINC | typeof SNOMED;
  readonly display: string;
  /** Written besides the first. */
  readonly written?: readonly { readonly code: string; readonly display: string }[];
  /** Codes that mean it when they come in; of LOINC, or of SNOMED CT when longer than eight characters. */
  readonly also: readonly string[];
  /** Of the vital signs profiles of R4, the one for this; null: the general one alone. */
  readonly profile: string | null;
}

export interface NumberCode extends ObservableCode {
  /** As in {@link VITAL_SIGNS}. */
  readonly plausible: readonly [min: number, max: number];
}

type Rest = Partial<Pick<ObservableCode, 'also' | 'profile' | 'written' | 'system'>>;

const observable = (code: string, display: string, rest: Rest = {}): ObservableCode => ({
  code,
  display,
  system: LOINC,
  also: [],
  profile: null,
  ...rest,
});
const vital = (name: VitalName, code: string, display: string, rest: Rest = {}): NumberCode => ({
  ...observable(code, display, rest),
  plausible: VITAL_SIGNS[name].plausible,
});
const further = (
  code: string,
  display: string,
  plausible: NumberCode['plausible'],
  profile: string | null = null,
  also: readonly string[] = [],
): NumberCode => ({ ...observable(code, display, { profile, also }), plausible });

/**
 * Signs that are numbers. Codes and units as in the value sets `observation-vitalsignresult` and `ucum-vitals-common` of
 * R4; oxygen and glucose, which are in neither, as US Core and LOINC have them.
 */
export const NUMBER_SIGNS: Readonly<Record<NumberSign, NumberCode>> = {
  heartRateBpm: vital('heartRateBpm', '8867-4', 'Heart rate', {
    profile: 'heartrate',
    also: ['8889-8', '8893-0'],
  }),
  respirationPerMin: vital('respirationPerMin', '9279-1', 'Respiratory rate', {
    profile: 'resprate',
  }),
  // The profile of R4 asks for the first, US Core for both.
  spo2Pct: vital('spo2Pct', '2708-6', 'Oxygen saturation in Arterial blood', {
    profile: 'oxygensat',
    written: [{ code: '59408-5', display: 'Oxygen saturation in Arterial blood by Pulse oximetry' }],
    also: ['59408-5'],
  }),
  temperatureC: vital('temperatureC', '8310-5', 'Body temperature', {
    profile: 'bodytemp',
    also: ['8331-1', '8328-7', '8332-9'],
  }),
  systolicMmhg: vital('systolicMmhg', '8480-6', 'Systolic blood pressure'),
  diastolicMmhg: vital('diastolicMmhg', '8462-4', 'Diastolic blood pressure'),
  oxygenLpm: vital('oxygenLpm', '3151-8', 'Inhaled oxygen flow rate'),
  weightKg: vital('weightKg', '29463-7', 'Body weight', {
    profile: 'bodyweight',
    also: ['3141-9'],
  }),
  glucoseMmolL: vital('glucoseMmolL', '15074-8', 'Glucose [Moles/volume] in Blood', {
    also: ['2339-0', '14743-9', '41653-7'],
  }),
  meanPressureMmhg: further('8478-0', 'Mean blood pressure', [10, 250]),
  heightCm: further('8302-2', 'Body height', [20, 280], 'bodyheight', ['3137-7']),
  bmiKgM2: further('39156-5', 'Body mass index (BMI) [Ratio]', [5, 200], 'bmi'),
  headCm: further('9843-4', 'Head Occipital-frontal circumference', [15, 80], 'headcircum'),
  oxygenPct: further('3150-6', 'Inhaled oxygen concentration', [15, 100]),
};

/** Signs that are a choice. */
export const CHOICE_SIGNS = {
  consciousness: observable('80288-4', 'Level of consciousness AVPU score', {
    also: ['67775-7', '1104441000000107'],
  }),
  onOxygen: observable('371825009', 'Patient on oxygen', { system: SNOMED }),
} as const;

export const PANELS: Readonly<Record<Panel, ObservableCode>> = {
  bloodPressure: observable('85354-9', 'Blood pressure panel with all children optional', {
    profile: 'bp',
    also: ['55284-4', '35094-2'],
  }),
  vitalSigns: observable(
    '85353-1',
    'Vital signs, weight, height, head circumference, oxygen saturation and BMI panel',
    { profile: 'vitalspanel' },
  ),
};

export const OBSERVABLES: Readonly<Record<Observable, ObservableCode>> = {
  ...NUMBER_SIGNS,
  ...CHOICE_SIGNS,
  ...PANELS,
};
export const OBSERVABLE_NAMES = Object.keys(OBSERVABLES) as Observable[];

export const isNumberSign = (name: Observable): name is NumberSign => name in NUMBER_SIGNS;
export const isSign = (name: Observable): name is Sign => isNumberSign(name) || name in CHOICE_SIGNS;

const SNOMED_FROM_DIGITS = 9;
const systemOf = (code: string) => (code.length >= SNOMED_FROM_DIGITS ? SNOMED : LOINC);

const BY_CODE: ReadonlyMap<string, Observable> = new Map(
  OBSERVABLE_NAMES.flatMap((name) =>
    [OBSERVABLES[name].code, ...OBSERVABLES[name].also].map((code) => [code, name] as const),
  ),
);

/** What a code means here; null system: whatever system has it. */
export function observableOf(system: string | null, code: string): Observable | null {
  const name = BY_CODE.get(code);
  return name !== undefined && (system === null || system === systemOf(code)) ? name : null;
}

/** The codings that are written for it. */
export const codingsOf = ({ code, system, display, written = [] }: ObservableCode) => [
  { system, code, display },
  ...written.map((other) => ({ system, ...other })),
];

interface Answer {
  readonly code: string;
  readonly display: string;
}

/**
 * ACVPU. LOINC answers as in the answer list of 67775-7, with its own word for "confused", which that list lacks; SNOMED CT
 * as in the NEWS2 chart of the Royal College of Physicians as NHS systems record it.
 */
export const CONSCIOUSNESS_ANSWERS: Readonly<Record<Consciousness, { loinc: Answer; snomed: Answer }>> = {
  A: {
    loinc: { code: 'LA9340-6', display: 'Alert' },
    snomed: { code: '248234008', display: 'Mentally alert' },
  },
  C: {
    loinc: { code: 'LA6560-2', display: 'Confused' },
    snomed: { code: '130987000', display: 'Acute confusion' },
  },
  V: {
    loinc: { code: 'LA17108-4', display: 'Verbal' },
    snomed: { code: '300202002', display: 'Responds to voice' },
  },
  P: {
    loinc: { code: 'LA17107-6', display: 'Painful' },
    snomed: { code: '450847001', display: 'Responds to pain' },
  },
  U: {
    loinc: { code: 'LA9343-0', display: 'Unresponsive' },
    snomed: { code: '422768004', display: 'Unresponsive' },
  },
};

/** Yes and no, of SNOMED CT. */
export const YES = { code: '373066001', display: 'Yes' } as const;
export const NO = { code: '373067005', display: 'No' } as const;
