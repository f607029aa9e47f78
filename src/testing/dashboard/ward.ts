import { randomUUID } from 'node:crypto';
import type { Credentials } from '../../client/http.ts';
import type { MusterClient } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Stage } from '../browser/stage.ts';
import type { Somebody } from '../city.ts';

/** Somebody who wears a device, and the record that a nurse cares for them by. */
export interface Wearer {
  readonly somebody: Somebody;
  readonly patientId: string;
  readonly name: string;
  /** One sample of now, stored and judged before it resolves. */
  measure(
    values: Parameters<MusterClient['sendVitals']>[0] extends infer S ? Omit<S, 'atMs'> : never,
  ): Promise<void>;
}

/** Those who care, and those they care for, on the stage of a page's test. */
export class Ward {
  readonly #stage: Stage;
  readonly nurse: Somebody;
  readonly nurseCredentials: Credentials;

  static async open(stage: Stage): Promise<Ward> {
    const nurse = await stage.city.patient();
    const token = await stage.city.adminToken();
    await stage.city.http.setGrant(token, nurse.userId, 'professional', true);
    await stage.city.http.me.change(await nurse.token(), { name: 'Nina Nurse' });
    return new Ward(stage, nurse);
  }

  private constructor(stage: Stage, nurse: Somebody) {
    this.#stage = stage;
    this.nurse = nurse;
    this.nurseCredentials = stage.city.credentialsOf(nurse.userId);
  }

  /** A colleague in the same teams from now on. */
  async colleague(name: string, patientIds: readonly string[]): Promise<Somebody> {
    const { city } = this.#stage;
    const somebody = await city.patient();
    await city.http.me.change(await somebody.token(), { name });
    for (const id of patientIds)
      await city.http.patients.join(await city.adminToken(), id, somebody.userId, 'doctor');
    return somebody;
  }

  async wearer(firstName: string, lastName: string): Promise<Wearer> {
    const { city } = this.#stage;
    const somebody = await city.patient();
    const token = await city.adminToken();
    const record = { firstName, lastName, dateOfBirth: '1950-03-04', userId: somebody.userId };
    const patientId = await city.http.patients.add(token, record);
    await city.http.patients.join(token, patientId, this.nurse.userId, 'nurse');
    return {
      somebody,
      patientId,
      name: `${firstName} ${lastName}`,
      measure: async (values) => {
        somebody.client.sendVitals({ atMs: systemClock.nowMs(), ...values });
        await somebody.client.flushed();
      },
    };
  }

  /** What somebody at the bedside writes down. */
  async record(patientId: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    const entry = { id: randomUUID(), ...values };
    await this.#stage.city.http.bedside.record(await this.nurse.token(), patientId, entry);
  }
}
