import { randomUUID } from 'node:crypto';
import type { Credentials, RecordInput, RecordTypeName } from '../../client/index.ts';
import { type MusterHttp, signedInToken } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import { again } from '../again.ts';
import { eachLimited } from '../each-limited.ts';
import type { Progress } from '../progress.ts';
import { EXERCISES, FOOD_CATEGORIES, FOODS, PHASES } from './catalogues.ts';
import type { DemoPerson } from './person.ts';
import type { Demo } from './plan.ts';
import { type Catalogues, type Hands, type Staff, writePatient } from './write-patient.ts';

export interface WriteDemoParts {
  readonly http: MusterHttp;
  /** Of whoever verifies and gives grants. */
  readonly adminToken: () => Promise<string>;
  readonly random: Random;
  readonly progress: Progress;
}

/** Somebody of the demo with their account. */
export interface Made {
  readonly as: string;
  readonly person: DemoPerson;
  readonly userId: string;
}

/** Patients written at once: each of their nurse's requests waits for the one before. */
const AT_ONCE = 2;

/**
 * Writes a demo through the doors that everybody uses, each record by somebody who may. Passwords are made here, known to
 * nobody, and forgotten.
 */
export async function writeDemo(demo: Demo, parts: WriteDemoParts): Promise<Made[]> {
  const { progress, random } = parts;
  const hands = handsOf(parts);
  const made: Made[] = [];
  const join = async (as: string, person: DemoPerson, more: Parameters<typeof register>[2] = {}) => {
    const account = await register(parts, person, more);
    made.push({ as, person, userId: account.userId });
    return account;
  };
  const professional = async (as: string, person: DemoPerson): Promise<Staff> => {
    const { userId, credentials } = await join(as, person);
    await again(random, async () =>
      parts.http.setGrant(await parts.adminToken(), userId, 'professional', true),
    );
    return { userId, token: signedInToken(parts.http, credentials, systemClock) };
  };

  progress.say('Accounts of those who care and who help …');
  const doctors: Staff[] = [];
  for (const doctor of demo.doctors) doctors.push(await professional('doctor', doctor));
  const nurse = await professional('nurse', demo.nurse);
  const therapist = await professional('therapist', demo.therapist);
  for (const { skills, ...person } of demo.volunteers) {
    const { userId } = await join('volunteer', person, { volunteer: { skills } });
    await again(random, async () => parts.http.verifyVolunteer(await parts.adminToken(), userId));
  }
  for (const doctor of doctors) await hours(hands, doctor);

  progress.say('Catalogues of food, exercise and therapy …');
  const catalogues = await writeCatalogues(hands, therapist);

  let done = 0;
  await eachLimited(demo.patients.entries(), AT_ONCE, async ([index, patient]) => {
    const { userId } = await join('patient', patient.person);
    const doctor = doctors[index % doctors.length] as Staff;
    await writePatient(patient, { userId, doctor, nurse, therapist, catalogues, hands });
    done += 1;
    progress.show(() => `${done} of ${demo.patients.length} patients`);
  });
  progress.end();
  return made;
}

async function register(
  { http, random }: WriteDemoParts,
  { firstName, lastName, email }: DemoPerson,
  more: Pick<Parameters<MusterHttp['register']>[0], 'volunteer'>,
): Promise<{ userId: string; credentials: Credentials }> {
  const credentials = { email, password: randomUUID() };
  const made = await again(random, () =>
    http.register({ ...credentials, name: `${firstName} ${lastName}`, ...more }),
  );
  if (made.userId === null) throw new Error('registrations are confirmed by mail here');
  return { userId: made.userId, credentials };
}

function handsOf({ http, random }: WriteDemoParts): Hands {
  const by = <T>({ token }: Staff, work: (token: string) => Promise<T>) =>
    again(random, async () => work(await token()));
  return {
    http,
    by,
    write: (who, type, body) => {
      const once = { key: randomUUID() };
      return by(who, (token) => http.records.create(token, type, body, once));
    },
    async writeMany(who, type, bodies) {
      for (let from = 0; from < bodies.length; from += MANY) {
        const once = { key: randomUUID() };
        const some = bodies.slice(from, from + MANY);
        await by(who, (token) => http.records.createMany(token, type, some, once));
      }
    },
  };
}

/** As many as one batch takes. */
const MANY = 200;

async function hours({ write }: Hands, doctor: Staff): Promise<void> {
  for (let dayOfWeek = 1; dayOfWeek <= 5; dayOfWeek += 1)
    await write(doctor, 'doctor-schedules', {
      doctorId: doctor.userId,
      dayOfWeek,
      startTime: '08:00',
      endTime: '16:30',
      breakStart: '12:00',
      breakEnd: '12:45',
    });
}

/** What is there already by its name is taken as it is. */
async function writeCatalogues(hands: Hands, by: Staff): Promise<Catalogues> {
  type Named = Extract<
    RecordTypeName,
    'food-categories' | 'food-items' | 'exercises' | 'therapy-phases' | 'therapy-routines'
  >;
  const known = async (type: Named) => {
    const { records } = await hands.by(by, (token) => hands.http.records.list(token, type, { limit: 200 }));
    const ids = new Map(records.map(({ name, id }) => [name as string, id]));
    return async <N extends Named>(body: RecordInput<N> & { readonly name: string }): Promise<string> =>
      ids.get(body.name) ?? (await hands.write(by, type as N, body)).id;
  };
  const category = await known('food-categories');
  const categories = new Map<string, string>();
  for (const name of FOOD_CATEGORIES) categories.set(name, await category<'food-categories'>({ name }));
  const [food, exercise] = [await known('food-items'), await known('exercises')];
  const [phase, routine] = [await known('therapy-phases'), await known('therapy-routines')];
  const [foods, exercises]: [string[], string[]] = [[], []];
  for (const { item, category: of } of FOODS)
    foods.push(await food<'food-items'>({ ...item, categoryId: categories.get(of) ?? null }));
  for (const one of EXERCISES) exercises.push(await exercise<'exercises'>(one));
  for (const { phase: of, routine: done, activities } of PHASES) {
    const routineId = await routine<'therapy-routines'>({
      ...done,
      phaseId: await phase<'therapy-phases'>(of),
    });
    for (const activity of activities) await hands.write(by, 'activities', { ...activity, routineId });
  }
  return { foods, exercises };
}
