import type { Skill } from '../../client/index.ts';
import { FAMILY, GIVEN } from './catalogues.ts';
import { type Dice, diceFor } from './dice.ts';
import { type DemoPatient, patientPlan } from './patient-plan.ts';
import type { DemoPerson } from './person.ts';

export interface Demo {
  readonly admin: DemoPerson;
  /** Patients are shared out among them in turn. */
  readonly doctors: readonly DemoPerson[];
  readonly nurse: DemoPerson;
  readonly therapist: DemoPerson;
  readonly volunteers: readonly (DemoPerson & { readonly skills: readonly Skill[] })[];
  readonly patients: readonly DemoPatient[];
}

export interface DemoOptions {
  readonly seed: number;
  readonly patients: number;
  /** How many days of theirs lie behind them. */
  readonly days: number;
  readonly nowMs: number;
}

const DOCTORS = 2;
const SKILLS: readonly (readonly Skill[])[] = [
  ['FIRST_AID', 'CPR'],
  ['MEDICAL_PROFESSIONAL', 'CPR'],
  ['FIRST_AID', 'DRIVER'],
];
const VOLUNTEERS = 6;

/** Everybody of a demo and all that is written of them: the same for the same seed and day. Pure. */
export function demoPlan({ seed, patients, days, nowMs }: DemoOptions): Demo {
  const dice = diceFor(seed, 0);
  const taken = new Set<string>();
  const person = () => somebody(dice, seed, taken);
  const staff = Array.from({ length: DOCTORS + 3 }, person);
  const [admin, nurse, therapist, ...doctors] = staff as [
    DemoPerson,
    DemoPerson,
    DemoPerson,
    ...DemoPerson[],
  ];
  const volunteers = Array.from({ length: VOLUNTEERS }, (_, i) => ({
    ...person(),
    skills: SKILLS[i % SKILLS.length] ?? [],
  }));
  const people = Array.from({ length: patients }, person);
  return {
    admin,
    nurse,
    therapist,
    doctors,
    volunteers,
    patients: people.map((one, index) =>
      patientPlan({
        person: one,
        index,
        turn: Math.floor(index / DOCTORS),
        days,
        nowMs,
        dice: diceFor(seed, index + 1),
      }),
    ),
  };
}

function somebody(dice: Dice, seed: number, taken: Set<string>): DemoPerson {
  for (;;) {
    const gender = dice.pick(['female', 'male'] as const);
    const [firstName, lastName] = [dice.pick(GIVEN[gender]), dice.pick(FAMILY)];
    const name = `${firstName}.${lastName}`.toLowerCase();
    if (taken.has(name)) continue;
    taken.add(name);
    return { firstName, lastName, gender, email: `${name}.${seed}@demo.example` };
  }
}
