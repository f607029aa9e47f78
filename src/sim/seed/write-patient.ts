import { randomUUID } from 'node:crypto';
import type { RecordInput, RecordTypeName, RecordView } from '../../client/index.ts';
import type { MusterHttp } from '../../client/node.ts';
import type { DemoPatient } from './patient-plan.ts';

/** Somebody who writes. */
export interface Staff {
  readonly userId: string;
  readonly token: () => Promise<string>;
}

/** Writing, tried again where that can help. */
export interface Hands {
  readonly http: MusterHttp;
  by<T>(who: Staff, work: (token: string) => Promise<T>): Promise<T>;
  write<N extends RecordTypeName>(who: Staff, type: N, body: RecordInput<N>): Promise<RecordView<N>>;
  /** All of one person, in batches. */
  writeMany<N extends RecordTypeName>(who: Staff, type: N, bodies: readonly RecordInput<N>[]): Promise<void>;
}

/** Ids, in the order of `FOODS` and `EXERCISES`. */
export interface Catalogues {
  readonly foods: readonly string[];
  readonly exercises: readonly string[];
}

export interface Around {
  readonly userId: string;
  readonly doctor: Staff;
  readonly nurse: Staff;
  readonly therapist: Staff;
  readonly catalogues: Catalogues;
  readonly hands: Hands;
}

/** One patient with all that is written of them: the doctor enters and treats, nurse and therapist are of the team. */
export async function writePatient(plan: DemoPatient, around: Around): Promise<void> {
  const { userId: personId, doctor, nurse, hands } = around;
  const { http, by, write, writeMany } = hands;
  const patientId = await by(doctor, (token) =>
    http.patients.add(token, { ...plan.record, userId: personId }),
  );
  for (const [{ userId }, role] of [
    [nurse, 'nurse'],
    [around.therapist, 'therapist'],
  ] as const)
    await by(doctor, (token) => http.patients.join(token, patientId, userId, role));
  await by(doctor, async (token) => {
    const { version } = await http.records.read(token, 'patients', patientId);
    return http.records.change(token, 'patients', patientId, { version, change: plan.chart });
  });
  for (const one of plan.findings) await write(doctor, 'medical-records', { ...one, patientId });
  for (const one of plan.medications) await treat(one, { ...around, patientId });
  for (const entry of [...plan.vitals, plan.vitalsNow]) {
    const id = randomUUID();
    await by(nurse, (token) => http.bedside.record(token, patientId, { ...entry, id }));
  }
  const of = <T extends object>(bodies: readonly T[]) => bodies.map((body) => ({ ...body, personId }));
  await writeMany(nurse, 'sleep-logs', of(plan.sleep));
  await writeMany(nurse, 'hydration-logs', of(plan.drinks));
  await writeMany(nurse, 'daily-scores', of(plan.scores));
  await meals(plan, around);
  await train(plan, { ...around, patientId });
  await write(nurse, 'providers', { ...plan.provider, personId });
  await calendar(plan, around);
  for (const visit of plan.visits) await see(visit, { ...around, patientId });
  await write(doctor, 'messages', { ...plan.letter, patientId, recipientId: personId });
}

type OfPatient = Around & { readonly patientId: string };

async function treat(
  { fact, order, doses }: DemoPatient['medications'][number],
  { userId: personId, patientId, doctor, nurse, hands }: OfPatient,
): Promise<void> {
  const { id, version } = await hands.write(doctor, 'prescriptions', { ...order, patientId });
  await hands.by(doctor, (token) =>
    hands.http.records.change(token, 'prescriptions', id, { version, change: { status: 'active' } }),
  );
  const { id: medicationId } = await hands.write(doctor, 'medications', { ...fact, personId });
  await hands.writeMany(
    nurse,
    'medication-logs',
    doses.map((dose) => ({ ...dose, medicationId, personId })),
  );
}

async function meals({ meals: all }: DemoPatient, around: Around): Promise<void> {
  const { userId: personId, nurse, catalogues, hands } = around;
  for (const { meal, foods } of all) {
    const { id: mealEntryId } = await hands.write(nurse, 'meal-entries', { ...meal, personId });
    const items = foods.map((food) => ({
      mealEntryId,
      foodItemId: catalogues.foods[food] ?? null,
      personId,
    }));
    await hands.writeMany(nurse, 'meal-item-entries', items);
  }
}

async function train({ exercise, goal }: DemoPatient, around: OfPatient): Promise<void> {
  const { userId: personId, patientId, therapist, catalogues, hands } = around;
  const exerciseId = catalogues.exercises[exercise.exercise] as string;
  const order = { ...exercise.order, exerciseId, patientId };
  const { id: prescriptionId } = await hands.write(therapist, 'exercise-prescriptions', order);
  const logs = exercise.logs.map((log) => ({ ...log, exerciseId, prescriptionId, personId }));
  await hands.writeMany(therapist, 'exercise-logs', logs);
  await hands.write(therapist, 'therapy-goals', { ...goal, personId });
}

async function calendar({ events }: DemoPatient, around: Around): Promise<void> {
  const { userId: personId, therapist, hands } = around;
  const one = { name: 'Recovery', color: '#2a9d8f', isDefault: true, personId };
  const { id: calendarId } = await hands.write(therapist, 'calendars', one);
  for (const event of events)
    await hands.write(therapist, 'calendar-events', { ...event, calendarId, personId });
}

/** What is over went by all of its steps. */
async function see(
  { booking, isOver }: DemoPatient['visits'][number],
  { patientId, doctor, hands }: OfPatient,
): Promise<void> {
  let { id, version } = await hands.write(doctor, 'appointments', {
    ...booking,
    patientId,
    doctorId: doctor.userId,
  });
  const steps = isOver ? (['confirmed', 'in-progress', 'completed'] as const) : (['confirmed'] as const);
  for (const status of steps) {
    const asked = { version, change: { status } };
    ({ version } = await hands.by(doctor, (token) =>
      hands.http.records.change(token, 'appointments', id, asked),
    ));
  }
}
