import { randomUUID } from 'node:crypto';
import { MusterClient, MusterHttp } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import { firstAdministrator, namedAdministrator } from '../administrator.ts';
import type { CommandIo } from '../command-io.ts';
import { eachLimited } from '../each-limited.ts';
import type { Interruption } from '../interruption.ts';
import type { OwnEngine } from '../own-engine.ts';
import { People, type Person } from '../people.ts';
import type { Progress } from '../progress.ts';
import { CareWatch } from './care-watch.ts';
import { Patient } from './patient.ts';
import type { RecordedPerson, VitalsScenario } from './scenario.ts';
import { termsAt } from './terms.ts';

/** Everybody of a run, ready to begin. */
export interface VitalsStage {
  readonly patients: readonly Patient[];
  readonly nurse: CareWatch;
  /** Closes all sockets. */
  leave(): Promise<void>;
}

export interface VitalsStageOptions {
  readonly url: string;
  readonly engine: OwnEngine | null;
  readonly speed: number;
}

/** Accounts made at once: hashing passwords keeps the engine's processors busy. */
const JOINING_AT_ONCE = 4;
const YEAR_MS = 365.25 * 86_400_000;

/** Makes a patient of everybody in a recording, with one nurse who cares for all of them, and connects them. */
export async function setVitalsStage(
  scenario: VitalsScenario,
  { url, engine, speed }: VitalsStageOptions,
  io: CommandIo,
  progress: Progress,
  interruption: Interruption,
): Promise<VitalsStage> {
  const http = new MusterHttp(url);
  const run = `run-${randomUUID().slice(0, 8)}`;
  const people = new People({ http, run, clock: systemClock, random: Math.random });
  const admin = engine?.setupToken
    ? await firstAdministrator(http, engine.setupToken)
    : await namedAdministrator(people, io.env);
  const carer = await people.patient();
  await http.setGrant(await admin.token(), carer.userId, 'professional', true);
  const nurse = new CareWatch(connectAs(url, carer), carer.userId);
  await nurse.begin();
  const patients: Patient[] = [];
  const leave = async () => {
    await Promise.all([...patients.map((patient) => patient.close()), nurse.close()]);
  };
  try {
    let joined = 0;
    await eachLimited(scenario.people.entries(), JOINING_AT_ONCE, async ([index, recorded]) => {
      interruption.check();
      const person = await people.patient();
      await putOnRecord(http, carer, person, recorded, speed);
      patients[index] = new Patient(connectAs(url, person, randomUUID()), person.userId, recorded.ageYears);
      joined += 1;
      progress.show(() => `${joined} of ${scenario.people.length} patients`);
    });
    await Promise.all(patients.map((patient) => patient.ready()));
    progress.say(`${joined} patients are connected.`);
    return { patients, nurse, leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** As a professional does it, who cares for them from then on. Durations go with the speed of the run. */
async function putOnRecord(
  http: MusterHttp,
  carer: Person,
  { userId }: Person,
  { name, ageYears }: RecordedPerson,
  speed: number,
): Promise<void> {
  const token = await carer.token();
  await http.patients.add(token, {
    userId,
    firstName: 'Recorded',
    lastName: name,
    dateOfBirth: ageYears === null ? null : bornBefore(ageYears),
  });
  await http.bedside.setThresholds(token, userId, 0, {
    durationMs: termsAt(speed).streamMs,
    // Days are gone in minutes here.
    weightGainKg: 0,
  });
}

const bornBefore = (years: number): string =>
  new Date(systemClock.nowMs() - (years + 0.5) * YEAR_MS).toISOString().slice(0, 10);

function connectAs(url: string, person: Person, deviceId?: string): MusterClient {
  const client = new MusterClient({
    url,
    token: person.token,
    program: 'muster-sim/0.1',
    clock: systemClock,
    ...(deviceId === undefined ? {} : { device: { id: deviceId } }),
  });
  client.connect();
  return client;
}
