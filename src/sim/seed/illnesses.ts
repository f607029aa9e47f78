/** A figure of somebody: where it lies in the morning of a usual day, and how far it strays. */
type Around = readonly [middle: number, spread: number];

export interface Drug {
  readonly name: string;
  readonly dosage: string;
  readonly purpose: string;
  /** Hours of the day, UTC. */
  readonly hours: readonly number[];
}

/** What somebody of the demo recovers from, with what belongs to it. Textbook cases; nobody in them exists. */
export interface Illness {
  readonly name: string;
  /** ICD-10. */
  readonly code: string;
  readonly operation: string | null;
  readonly allergies: string | null;
  readonly drugs: readonly Drug[];
  readonly heartRateBpm: Around;
  readonly systolicMmhg: Around;
  readonly spo2Pct: Around;
  readonly weightKg: Around;
  readonly glucoseMmolL: Around | null;
  readonly finding: { readonly title: string; readonly content: string; readonly code: string };
  readonly goal: string;
}

const MORNING = [7];
const TWICE = [7, 19];
const aspirin: Drug = { name: 'Aspirin', dosage: '100 mg', purpose: 'keeps vessels open', hours: MORNING };
const bisoprolol: Drug = {
  name: 'Bisoprolol',
  dosage: '2.5 mg',
  purpose: 'slows the pulse',
  hours: MORNING,
};
const ramipril: Drug = { name: 'Ramipril', dosage: '5 mg', purpose: 'lowers the pressure', hours: MORNING };

export const ILLNESSES: readonly Illness[] = [
  {
    name: 'Coronary heart disease',
    code: 'I25.1',
    operation: 'Coronary bypass, three vessels',
    allergies: null,
    drugs: [
      aspirin,
      bisoprolol,
      { name: 'Atorvastatin', dosage: '40 mg', purpose: 'lowers cholesterol', hours: [19] },
    ],
    heartRateBpm: [68, 6],
    systolicMmhg: [126, 9],
    spo2Pct: [97, 1],
    weightKg: [82, 0.4],
    glucoseMmolL: null,
    finding: { title: 'LDL cholesterol', content: '1.6 mmol/l, within target', code: 'LOINC 22748-8' },
    goal: 'Thirty minutes of walking without a pause',
  },
  {
    name: 'Heart failure',
    code: 'I50.1',
    operation: null,
    allergies: 'Penicillin: rash',
    drugs: [
      bisoprolol,
      ramipril,
      { name: 'Furosemide', dosage: '20 mg', purpose: 'takes water out of the body', hours: MORNING },
    ],
    heartRateBpm: [74, 7],
    systolicMmhg: [112, 8],
    spo2Pct: [95, 1],
    weightKg: [76, 0.6],
    glucoseMmolL: null,
    finding: { title: 'NT-proBNP', content: '840 ng/l, lower than a month ago', code: 'LOINC 33762-6' },
    goal: 'Two flights of stairs without getting out of breath',
  },
  {
    name: 'Worn hip joint',
    code: 'M16.1',
    operation: 'Total hip replacement, right',
    allergies: null,
    drugs: [
      { name: 'Paracetamol', dosage: '500 mg', purpose: 'against pain', hours: TWICE },
      { name: 'Enoxaparin', dosage: '40 mg', purpose: 'against clots', hours: [19] },
    ],
    heartRateBpm: [72, 6],
    systolicMmhg: [132, 8],
    spo2Pct: [97, 1],
    weightKg: [71, 0.3],
    glucoseMmolL: null,
    finding: { title: 'Hip, two planes', content: 'The prosthesis sits as it should', code: 'LOINC 24762-9' },
    goal: 'To the baker and back without crutches',
  },
  {
    name: 'Diabetes, type 2',
    code: 'E11.9',
    operation: null,
    allergies: null,
    drugs: [
      { name: 'Metformin', dosage: '1000 mg', purpose: 'lowers blood sugar', hours: TWICE },
      { name: 'Amlodipine', dosage: '5 mg', purpose: 'lowers the pressure', hours: MORNING },
    ],
    heartRateBpm: [76, 6],
    systolicMmhg: [138, 9],
    spo2Pct: [97, 1],
    weightKg: [94, 0.4],
    glucoseMmolL: [7.4, 0.9],
    finding: { title: 'HbA1c', content: '53 mmol/mol, was 58', code: 'LOINC 59261-8' },
    goal: 'Three kilograms less by spring',
  },
  {
    name: 'Chronic obstructive lung disease',
    code: 'J44.9',
    operation: null,
    allergies: 'House dust',
    drugs: [
      { name: 'Tiotropium', dosage: '18 µg', purpose: 'widens the airways', hours: MORNING },
      { name: 'Ramipril', dosage: '2.5 mg', purpose: 'lowers the pressure', hours: MORNING },
    ],
    heartRateBpm: [82, 6],
    systolicMmhg: [128, 8],
    spo2Pct: [94, 1],
    weightKg: [64, 0.3],
    glucoseMmolL: null,
    finding: { title: 'FEV1', content: '58 % of what is expected, unchanged', code: 'LOINC 20150-9' },
    goal: 'Twenty minutes on the bicycle, three times a week',
  },
];
