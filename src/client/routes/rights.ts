import { z } from 'zod';
import { uuid } from '../../protocol/fields.ts';
import { path, type Transport } from './transport.ts';

/** Shown again for what can not be taken back. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

/** By table, and `table (relation)` where rows are about the person in another way than the table's first. */
const personalExport = z.object({
  userId: uuid,
  exportedAt: z.string(),
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});

export type PersonalExport = z.infer<typeof personalExport>;

/** A month of positions takes longer than any other answer. */
const EXPORT_WITHIN_MS = 600_000;

/** What everybody may ask for: all that is kept about them, and to be made nobody. */
export class RightsRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** Everything kept about oneself, as JSON. At most five times an hour. */
  exportMe(token: string): Promise<PersonalExport> {
    return this.#to.read(personalExport, 'GET', '/v1/me/export', { token, withinMs: EXPORT_WITHIN_MS });
  }

  /** Everything kept about somebody, for administrators; `reason` goes into the audit log. */
  exportUser(token: string, userId: string, reason: string): Promise<PersonalExport> {
    const call = { token, body: { reason }, withinMs: EXPORT_WITHIN_MS };
    return this.#to.read(personalExport, 'POST', path('/v1/users/:id/export', userId), call);
  }

  /** Makes oneself nobody, for good. Refused with `in_open_sos` while an SOS of one's own or that one holds is open. */
  async eraseMe(token: string, { password, code }: Proof): Promise<void> {
    await this.#to.call('POST', '/v1/me/erasure', { token, body: { password, code } });
  }

  /** Makes somebody nobody, for administrators, who show their own password again. */
  async eraseUser(token: string, userId: string, proof: Proof & { readonly reason: string }): Promise<void> {
    const { password, code, reason } = proof;
    const call = { token, body: { password, code, reason } };
    await this.#to.call('POST', path('/v1/users/:id/erasure', userId), call);
  }
}
