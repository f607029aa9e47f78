import { z } from 'zod';
import { uuid } from '../../protocol/fields.ts';
import { type careRole, careTie, type patient, patientView } from '../../protocol/http/patients.ts';
import { path, type Transport } from './transport.ts';

export type NewPatient = z.input<typeof patient>;
export type Patient = z.infer<typeof patientView>;
export type CareRole = z.infer<typeof careRole>;
export type CareTie = z.infer<typeof careTie>;

export interface PatientsPage {
  /** The last patient id of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

const added = z.object({ id: uuid });
const caredFor = z.object({ patients: z.array(careTie) });
const team = z.object({ team: z.array(careTie) });

/** Patients and who cares for them. To whoever stands in no relation to a patient there is none. */
export class PatientRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** For professionals, who become the first of the care team, and for administrators. The answer is the id. */
  async add(token: string, body: NewPatient): Promise<string> {
    return (await this.#to.read(added, 'POST', '/v1/patients', { token, body })).id;
  }

  /** For whom one cares oneself, in order of id. */
  async caredFor(token: string, page: PatientsPage = {}): Promise<CareTie[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(caredFor, 'GET', '/v1/patients', call)).patients;
  }

  patient(token: string, id: string): Promise<Patient> {
    return this.#to.read(patientView, 'GET', path('/v1/patients/:id', id), { token });
  }

  async team(token: string, id: string): Promise<CareTie[]> {
    return (await this.#to.read(team, 'GET', path('/v1/patients/:id/team', id), { token })).team;
  }

  /** By the professional in charge or an administrator. */
  async join(token: string, id: string, userId: string, role: CareRole): Promise<void> {
    const route = path('/v1/patients/:id/team/:user', id, userId);
    await this.#to.call('PUT', route, { token, body: { role } });
  }

  /** By the same people, and by whoever leaves. */
  async leave(token: string, id: string, userId: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/patients/:id/team/:user', id, userId), { token });
  }
}
