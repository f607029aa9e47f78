import { z } from 'zod';
import type { RecordChange, RecordInput, RecordTypeName, RecordView } from '../../schema/records/all.ts';
import { path, type Transport } from './transport.ts';

export type { RecordChange, RecordInput, RecordTypeName, RecordView };

/** What is asked of a list: `of` a person, words `q`, `sort`, a page, and the filters that the type declares. */
export type RecordsQuery = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RecordsPage<N extends RecordTypeName> {
  readonly records: readonly RecordView<N>[];
  /** `after` of the next page; null: there is none. */
  readonly next: string | null;
}

export interface RecordVersion<N extends RecordTypeName> {
  readonly version: number;
  readonly record: RecordView<N>;
  /** Null: it counts. */
  readonly replacedAtMs: number | null;
  readonly reason: string | null;
}

export interface RecordVersions<N extends RecordTypeName> {
  readonly versions: readonly RecordVersion<N>[];
  /** `after` of the next page; null: there is none. */
  readonly next: string | null;
}

export interface RecordCorrection<N extends RecordTypeName> {
  /** The version that it was decided on. */
  readonly version: number;
  readonly change: RecordChange<N>;
  readonly reason?: string;
}

/** A key of one's own, any UUID: what is sent again under it is not done again. */
export interface Once {
  readonly key?: string;
}

// What a type holds is declared for programs and checked by the server; here only what each of them has.
const record = z.looseObject({ id: z.string(), version: z.number().int() });
const page = z.object({ records: z.array(record), next: z.string().nullable() });
const created = z.object({ records: z.array(record) });
const versions = z.object({
  versions: z.array(
    z.object({
      version: z.number().int(),
      record,
      replacedAtMs: z.number().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});

const keyed = ({ key }: Once) => (key === undefined ? {} : { headers: { 'idempotency-key': key } });

/** Records of every declared type; the name of the type says what goes in and comes out. */
export class RecordRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  async list<N extends RecordTypeName>(
    token: string,
    type: N,
    query: RecordsQuery = {},
  ): Promise<RecordsPage<N>> {
    const found = await this.#to.read(page, 'GET', path('/v1/records/:type', type), { token, query });
    return found as unknown as RecordsPage<N>;
  }

  async create<N extends RecordTypeName>(
    token: string,
    type: N,
    body: RecordInput<N>,
    once: Once = {},
  ): Promise<RecordView<N>> {
    const call = { token, body, ...keyed(once) };
    return (await this.#to.read(
      record,
      'POST',
      path('/v1/records/:type', type),
      call,
    )) as unknown as RecordView<N>;
  }

  /** All of one person, and all or none. */
  async createMany<N extends RecordTypeName>(
    token: string,
    type: N,
    records: readonly RecordInput<N>[],
    once: Once = {},
  ): Promise<readonly RecordView<N>[]> {
    const call = { token, body: { records }, ...keyed(once) };
    const kept = await this.#to.read(created, 'POST', path('/v1/records/:type/batch', type), call);
    return kept.records as unknown as readonly RecordView<N>[];
  }

  async read<N extends RecordTypeName>(token: string, type: N, id: string): Promise<RecordView<N>> {
    const found = await this.#to.read(record, 'GET', path('/v1/records/:type/:id', type, id), { token });
    return found as unknown as RecordView<N>;
  }

  async change<N extends RecordTypeName>(
    token: string,
    type: N,
    id: string,
    body: RecordCorrection<N>,
    once: Once = {},
  ): Promise<RecordView<N>> {
    const route = path('/v1/records/:type/:id', type, id);
    const changed = await this.#to.read(record, 'PATCH', route, { token, body, ...keyed(once) });
    return changed as unknown as RecordView<N>;
  }

  /** A page of them, the newest first. */
  async history<N extends RecordTypeName>(
    token: string,
    type: N,
    id: string,
    query: { readonly after?: string } = {},
  ): Promise<RecordVersions<N>> {
    const route = path('/v1/records/:type/:id/history', type, id);
    const found = await this.#to.read(versions, 'GET', route, { token, query });
    return found as unknown as RecordVersions<N>;
  }

  /** It counts no more; its history shows it. */
  async remove(
    token: string,
    type: RecordTypeName,
    id: string,
    body: { readonly version: number; readonly reason: string },
    once: Once = {},
  ): Promise<void> {
    const route = path('/v1/records/:type/:id/removal', type, id);
    await this.#to.call('POST', route, { token, body, ...keyed(once) });
  }

  /** Takes it out with its history. For administrators. */
  async erase(token: string, type: RecordTypeName, id: string, reason: string): Promise<void> {
    const route = path('/v1/records/:type/:id/erasure', type, id);
    await this.#to.call('POST', route, { token, body: { reason } });
  }
}
