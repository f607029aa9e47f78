import type {
  NewPatient,
  RecordChange,
  RecordInput,
  RecordTypeName,
  VitalsEntry,
} from '../../client/index.ts';
import { EXERCISES, FOODS, STREETS } from './catalogues.ts';
import type { Dice } from './dice.ts';
import { type Drug, ILLNESSES, type Illness } from './illnesses.ts';
import type { DemoPerson } from './person.ts';

/** A record as it is sent, but for whom it is about, and what is only known when others are there. */
type Draft<N extends RecordTypeName, Later extends string = never> = Omit<
  RecordInput<N>,
  'personId' | 'patientId' | Later
>;

export interface DemoPatient {
  readonly person: DemoPerson;
  readonly record: NewPatient;
  readonly chart: RecordChange<'patients'>;
  readonly medications: readonly {
    readonly fact: Draft<'medications'>;
    readonly order: Draft<'prescriptions'>;
    readonly doses: readonly Draft<'medication-logs', 'medicationId'>[];
  }[];
  readonly vitals: readonly Omit<VitalsEntry, 'id'>[];
  /** A complete set as it is measured when it is written, so that there is a score. */
  readonly vitalsNow: Omit<VitalsEntry, 'id' | 'recordedAtMs'>;
  readonly sleep: readonly Draft<'sleep-logs'>[];
  readonly drinks: readonly Draft<'hydration-logs'>[];
  readonly scores: readonly Draft<'daily-scores'>[];
  readonly meals: readonly {
    readonly meal: Draft<'meal-entries'>;
    /** Of {@link FOODS}. */
    readonly foods: readonly number[];
  }[];
  /** `exercise`: of {@link EXERCISES}. */
  readonly exercise: {
    readonly exercise: number;
    readonly order: Draft<'exercise-prescriptions', 'exerciseId'>;
    readonly logs: readonly Draft<'exercise-logs', 'exerciseId' | 'prescriptionId'>[];
  };
  readonly goal: Draft<'therapy-goals'>;
  readonly findings: readonly Draft<'medical-records'>[];
  readonly provider: Draft<'providers'>;
  readonly events: readonly Draft<'calendar-events', 'calendarId'>[];
  readonly visits: readonly {
    readonly booking: Draft<'appointments', 'doctorId'>;
    readonly isOver: boolean;
  }[];
  readonly letter: Draft<'messages', 'recipientId'>;
}

export interface PatientPlanOptions {
  readonly person: DemoPerson;
  readonly index: number;
  /** The how manieth of their doctor they are: when they are seen. */
  readonly turn: number;
  readonly days: number;
  readonly nowMs: number;
  readonly dice: Dice;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** So many days of meals are written down: nobody does it for longer. */
const MEAL_DAYS = 7;
const VISIT_MIN = 30;
const FIRST_VISIT_HOUR = 8;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Everything of one patient. All that is a log lies behind `nowMs`, as the engine demands. */
export function patientPlan({ person, index, turn, days, nowMs, dice }: PatientPlanOptions): DemoPatient {
  const illness = ILLNESSES[index % ILLNESSES.length] as Illness;
  const todayMs = nowMs - (nowMs % DAY_MS);
  const past = Array.from({ length: days }, (_, i) => todayMs - (days - i) * DAY_MS);
  const beganOn = dayOf(todayMs - days * DAY_MS);
  return {
    person,
    record: recordOf(person, dice),
    chart: chartOf(illness, beganOn, dice),
    medications: illness.drugs.map((drug) => medicationOf(drug, past, beganOn, dice)),
    vitals: past.map((dayMs) => vitalsOf(illness, dayMs, dice)),
    vitalsNow: { ...measured(illness, dice), consciousness: 'A', onOxygen: false },
    sleep: past.slice(1).map((dayMs) => nightBefore(dayMs, dice)),
    drinks: past.map((dayMs) => ({
      loggedOn: dayOf(dayMs),
      amountMl: dice.whole(12, 24) * 100,
      goalMl: 2_000,
    })),
    scores: past.map((dayMs) => scoreOf(dayMs, dice)),
    meals: past.slice(-MEAL_DAYS).flatMap((dayMs) => mealsOf(dayMs, dice)),
    exercise: exerciseOf(past, beganOn, dice),
    goal: {
      title: illness.goal,
      category: 'rehabilitation',
      targetOn: dayOf(todayMs + 60 * DAY_MS),
      status: 'pending',
      progressPct: dice.whole(1, 8) * 10,
    },
    findings: findingsOf(illness, past, nowMs),
    provider: {
      name: `Practice ${person.lastName} & Partner`,
      specialty: 'general practice',
      phone: phoneOf(dice),
    },
    events: eventsOf(todayMs),
    visits: visitsOf(turn, todayMs),
    letter: {
      subject: 'How you are doing',
      body: `Your figures of the last days look good. Go on with ${illness.drugs[0]?.name} as before, and write when anything changes.`,
    },
  };
}

/** Of a range that no telephone network gives to anybody. */
const phoneOf = (dice: Dice): string => `+49 30 23125${dice.whole(100, 999)}`;

const recordOf = ({ firstName, lastName, gender, email }: DemoPerson, dice: Dice): NewPatient => ({
  firstName,
  lastName,
  gender,
  email,
  dateOfBirth: `${dice.whole(1938, 1979)}-${String(dice.whole(1, 12)).padStart(2, '0')}-${String(dice.whole(1, 28)).padStart(2, '0')}`,
  phone: phoneOf(dice),
  address: `${dice.pick(STREETS)} ${dice.whole(1, 90)}`,
  city: 'Berlin',
  postalCode: `10${dice.whole(115, 999)}`,
  country: 'Germany',
  emergencyContact: { name: `Kim ${lastName}`, phone: phoneOf(dice), relationship: 'partner' },
});

const chartOf = (illness: Illness, beganOn: string, dice: Dice): RecordChange<'patients'> => ({
  bloodType: dice.pick(['A+', 'O+', 'B+', 'AB+', 'A-', 'O-'] as const),
  chronicConditions: `${illness.name} (${illness.code})`,
  medicationAllergies: illness.allergies,
  surgeryOn: illness.operation === null ? null : beganOn,
  surgeryType: illness.operation,
  smokingStatus: dice.pick(['never', 'former'] as const),
  insuranceProvider: 'Demo health insurance',
  insurancePolicyNumber: `D${dice.whole(100_000_000, 999_999_999)}`,
  restingHeartRateBpm: illness.heartRateBpm[0],
  weightGoalKg: illness.weightKg[0] - 2,
});

function medicationOf(
  drug: Drug,
  past: readonly number[],
  beganOn: string,
  dice: Dice,
): DemoPatient['medications'][number] {
  const frequency = drug.hours.length === 1 ? 'once a day' : `${drug.hours.length} times a day`;
  const timeOfDay = drug.hours.map((hour) => (hour < 12 ? 'morning' : 'evening')).join(' and ');
  const taken = past.flatMap((dayMs) => drug.hours.map((hour) => dayMs + hour * HOUR_MS));
  return {
    fact: {
      name: drug.name,
      dosage: drug.dosage,
      frequency,
      timeOfDay,
      startsOn: beganOn,
      purpose: drug.purpose,
    },
    order: {
      medication: drug.name,
      dosage: drug.dosage,
      frequency,
      refillsAllowed: 3,
      startsOn: beganOn,
      pharmacyName: 'Pharmacy at the station',
    },
    // Now and then one is forgotten.
    doses: taken
      .filter(() => dice.often(0.93))
      .map((atMs) => ({ takenAtMs: atMs + dice.whole(-20, 50) * MINUTE_MS, dosageTaken: drug.dosage })),
  };
}

const vitalsOf = (illness: Illness, dayMs: number, dice: Dice): Omit<VitalsEntry, 'id'> => ({
  ...measured(illness, dice),
  recordedAtMs: dayMs + 7 * HOUR_MS + dice.whole(0, 50) * MINUTE_MS,
});

function measured(illness: Illness, dice: Dice): DemoPatient['vitalsNow'] {
  const systolicMmhg = dice.around(illness.systolicMmhg);
  const { glucoseMmolL } = illness;
  return {
    heartRateBpm: dice.around(illness.heartRateBpm),
    systolicMmhg,
    diastolicMmhg: Math.round(systolicMmhg * 0.62),
    spo2Pct: Math.min(99, dice.around(illness.spo2Pct)),
    temperatureC: dice.around([36.6, 0.2], 1),
    respirationPerMin: dice.around([15, 1]),
    weightKg: dice.around(illness.weightKg, 1),
    ...(glucoseMmolL && { glucoseMmolL: dice.around(glucoseMmolL, 1) }),
  };
}

/** The night that ended on this morning. */
function nightBefore(dayMs: number, dice: Dice): Draft<'sleep-logs'> {
  const bedAtMs = dayMs - dice.whole(60, 150) * MINUTE_MS;
  const wokeAtMs = dayMs + dice.whole(300, 420) * MINUTE_MS;
  const interruptions = dice.whole(0, 3);
  const totalHours = Number(((wokeAtMs - bedAtMs) / HOUR_MS - 0.3 - interruptions * 0.2).toFixed(2));
  const quality = Math.max(1, 5 - interruptions);
  return { sleptOn: dayOf(dayMs - DAY_MS), bedAtMs, wokeAtMs, totalHours, quality, interruptions };
}

function scoreOf(dayMs: number, dice: Dice): Draft<'daily-scores'> {
  const [exerciseScore, nutritionScore, sleepScore] = [
    dice.whole(50, 100),
    dice.whole(55, 95),
    dice.whole(50, 95),
  ];
  const overallScore = Math.round((exerciseScore + nutritionScore + sleepScore) / 3);
  return { scoredOn: dayOf(dayMs), overallScore, exerciseScore, nutritionScore, sleepScore };
}

const MEALS = [
  ['breakfast', 7],
  ['lunch', 12],
  ['dinner', 18],
] as const;

const mealsOf = (dayMs: number, dice: Dice): DemoPatient['meals'] =>
  MEALS.map(([mealType, hour]) => {
    const fitting = [...FOODS.keys()].filter((at) => FOODS[at]?.meals.includes(mealType));
    const first = dice.whole(0, fitting.length - 1);
    return {
      meal: { mealType, eatenAtMs: dayMs + hour * HOUR_MS + dice.whole(0, 45) * MINUTE_MS },
      foods: [0, 1].map((next) => fitting[(first + next) % fitting.length] ?? 0),
    };
  });

function exerciseOf(past: readonly number[], beganOn: string, dice: Dice): DemoPatient['exercise'] {
  const exercise = dice.whole(0, EXERCISES.length - 1);
  const trained = past.filter((_, day) => day % 2 === 0 && dice.often(0.9));
  return {
    exercise,
    order: { frequency: 'every other day', durationMin: 20, intensity: 'light', startsOn: beganOn },
    // It gets better.
    logs: trained.map((dayMs, day) => ({
      completedAtMs: dayMs + 10 * HOUR_MS,
      durationMin: Math.min(40, 12 + day + dice.whole(0, 4)),
      avgHeartRateBpm: dice.around([98, 5]),
      intensity: 'light',
    })),
  };
}

function findingsOf(
  { name, code, operation, finding }: Illness,
  past: readonly number[],
  nowMs: number,
): Draft<'medical-records'>[] {
  const [first = nowMs] = past;
  const middle = past[Math.floor(past.length / 2)] ?? nowMs;
  const last = past.at(-1) ?? nowMs;
  const began = operation === null ? 'diagnosis' : 'discharge';
  return [
    {
      kind: began,
      title: operation ?? name,
      content: `${name}. ${operation === null ? 'Treatment as prescribed' : `${operation}, without complications`}; seen again in two weeks.`,
      code: `ICD-10 ${code}`,
      recordedOn: dayOf(first),
      signedAtMs: first + 15 * HOUR_MS,
    },
    { kind: 'lab', ...finding, recordedOn: dayOf(middle) },
    {
      kind: 'note',
      title: 'Seen at the practice',
      content: 'Feels well, sleeps better, walks every day.',
      recordedOn: dayOf(last),
    },
  ];
}

const eventsOf = (todayMs: number): DemoPatient['events'] => [
  {
    title: 'Walk',
    startsAtMs: todayMs + DAY_MS + 10 * HOUR_MS,
    endsAtMs: todayMs + DAY_MS + 10.5 * HOUR_MS,
    category: 'exercise',
    recurrenceRule: 'FREQ=DAILY;INTERVAL=2;COUNT=30',
  },
  {
    title: 'Group for rehabilitation',
    startsAtMs: todayMs + 3 * DAY_MS + 16 * HOUR_MS,
    endsAtMs: todayMs + 3 * DAY_MS + 17 * HOUR_MS,
    category: 'exercise',
    location: 'Gymnasium at the park',
    recurrenceRule: 'FREQ=WEEKLY;COUNT=12',
  },
];

/** Half an hour each, one after the other, on working days. Those of one doctor have turns of their own, so none overlap. */
const visitsOf = (turn: number, todayMs: number): DemoPatient['visits'] =>
  [
    { days: -14, kind: 'follow-up', reason: 'Two weeks at home' },
    { days: 7, kind: 'follow-up', reason: 'How it goes with the medication' },
    { days: 28, kind: 'consultation', reason: 'What comes next' },
  ].map(({ days, kind, reason }) => ({
    booking: {
      startsAtMs:
        workingDay(todayMs + days * DAY_MS) + FIRST_VISIT_HOUR * HOUR_MS + turn * VISIT_MIN * MINUTE_MS,
      durationMin: VISIT_MIN,
      kind: kind as 'follow-up' | 'consultation',
      reason,
    },
    isOver: days < 0,
  }));

/** The same day, or the Monday after it. */
function workingDay(dayMs: number): number {
  const weekday = new Date(dayMs).getUTCDay();
  return dayMs + (weekday === 6 ? 2 : weekday === 0 ? 1 : 0) * DAY_MS;
}
