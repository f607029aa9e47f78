import { caredFor } from '../accounts/cared-for.ts';
import type { LogEvent } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { openRecords } from '../records/engine.ts';
import type { Answered, AnyView, RecordEntry, RecordParts, Records, Viewer } from '../records/types.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import { type Db, sql } from '../store/db.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A patient, a nurse who cares for them, and others; records about the patient made from the examples of the declarations. */
export interface RecordsStage {
  readonly records: Records;
  readonly patientId: string;
  readonly patient: Viewer;
  readonly nurse: Viewer;
  /** A professional who does not care for them. */
  readonly stranger: Viewer;
  readonly admin: Viewer;
  /** Whoever keeps records of this type: creates, changes and removes them. */
  keeperOf(type: AnyRecordType): Viewer;
  /** One that there is, made by its keeper or by what writes it. */
  made(type: AnyRecordType): Promise<AnyView>;
  /** What a list has to name so that its keeper sees it. */
  named(type: AnyRecordType): Promise<Record<string, string>>;
  readonly published: LogEvent[];
  readonly audited: (RecordEntry & { readonly outcome: string })[];
  readonly seen: { readonly viewerId: string; readonly subjectId: string; readonly resourceKind: string }[];
  ask<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Another account with these grants. */
  somebody(...grants: string[]): Promise<Viewer>;
  /** A valid body about the patient; those with other numbers differ where they have to. */
  body(type: AnyRecordType, n?: number): Promise<Record<string, unknown>>;
}

/** Fields of which no two may say the same. */
const UNIQUE = ['name', 'licenseNumber', 'gateway'];
const HOSPITALS = 'hospital.hospitals';

/** Who keeps what, where that is not whoever cares for the patient. */
const KEEPERS: Readonly<
  Record<string, (of: { readonly admin: Viewer; readonly authority: Viewer }) => Viewer>
> = {
  hospital: ({ admin }) => admin,
  payment_config: ({ admin }) => admin,
  payment: ({ admin }) => admin,
  hospital_fact: ({ authority }) => authority,
  hospital_log: ({ authority }) => authority,
};

/** Tables that the database writes by itself, and that of which it does. */
const WRITTEN_BY: Readonly<Record<string, string>> = {
  'hospital.resource_audit_log': 'hospital.hospital_resources',
  'hospital.booking_status_history': 'hospital.bookings',
  'hospital.wallets': 'hospital.balance_transactions',
};

const answered = <T>(answer: Answered<T>, what: string): T => {
  if (!answer.ok) throw new Error(`${what}: ${answer.code} ${answer.detail ?? ''}`);
  return answer.value;
};

let statements = 0;

export async function recordsStage(db: Db, tell?: RecordParts['tell']): Promise<RecordsStage> {
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_126));
  const ask = <Row>(text: string, params: readonly unknown[] = []) =>
    db.query<Row>(sql(`records_stage_${statements++}`, text), params);
  const published: LogEvent[] = [];
  const audited: (RecordEntry & { outcome: string })[] = [];
  const seen: { viewerId: string; subjectId: string; resourceKind: string }[] = [];
  const records = openRecords({
    db,
    clock: systemClock,
    newId,
    people: caredFor(db),
    ...(tell ? { tell } : {}),
    publish: (event) => published.push(event),
    trail: {
      hasRoom: true,
      recordIn: async (tx, entries) => tx.afterCommit(() => audited.push(...entries)),
      refused: (entry) => audited.push({ ...entry, outcome: 'refused' }),
      saw: (viewer, subjectId, _purpose, { resourceKind }) =>
        seen.push({ viewerId: viewer.userId, subjectId, resourceKind }),
    },
  });

  const somebody = async (...grants: string[]): Promise<Viewer> => {
    const userId = newId();
    await ask('insert into accounts.users (id, email) values ($1, $2)', [userId, `${userId}@example.org`]);
    return { userId, grants };
  };
  const [patient, nurse] = [await somebody('patient'), await somebody('professional')];
  const patientId = newId();
  await ask(
    `insert into care.patients (id, user_id, first_name, last_name, email, phone, created_by)
     values ($1, $2, 'Ada', 'Kovacs', 'ada.kovacs@example.org', '+41 79 555 01 42', $3)`,
    [patientId, patient.userId, nurse.userId],
  );
  await ask(`insert into care.care_team (id, patient_id, user_id, role) values ($1, $2, $3, 'nurse')`, [
    newId(),
    patientId,
    nurse.userId,
  ]);

  const [admin, authority] = [await somebody('admin'), await somebody('hospital_authority')];
  const keeperOf = ({ access }: AnyRecordType): Viewer => KEEPERS[access]?.({ admin, authority }) ?? nurse;

  const referred = new Map<string, string>();
  const body = async (
    type: AnyRecordType,
    n = 0,
    mark = n > 0 ? `${n}` : '',
  ): Promise<Record<string, unknown>> => {
    const filled: Record<string, unknown> = { ...type.example };
    for (const [name, { references, sqlType, presence }] of Object.entries(type.fields)) {
      if (presence === 'computed') continue;
      if (name === type.letter?.to || name === 'personId') filled[name] = patient.userId;
      else if (name === 'patientId') filled[name] = patientId;
      else if (references?.table === 'accounts.users' && name in type.example) filled[name] = nurse.userId;
      else if (references && name in type.example)
        filled[name] = await one(references.table, type.subject === null && type.hospital ? n : 0);
      else if (name === 'dayOfWeek') filled[name] = (Number(filled[name]) + n) % 7;
      else if (UNIQUE.includes(name) && mark !== '') filled[name] = `${String(filled[name])}-${mark}`;
      else if (sqlType === 'timestamptz' && name in type.example)
        filled[name] = Number(filled[name]) + n * HOUR_MS;
      else if (sqlType === 'date' && name in type.example)
        filled[name] = new Date(Date.parse(String(filled[name])) + n * DAY_MS).toISOString().slice(0, 10);
    }
    return filled;
  };
  /** A record of this table that others can refer to; one of each number. */
  const one = async (table: string, n = 0): Promise<string> => {
    const known = referred.get(`${table} ${n}`);
    if (known !== undefined) return known;
    const { recordType, RECORD_TYPES } = await import('../schema/records/all.ts');
    const name = must(RECORD_TYPES.find((type) => type.table === table)?.name, `a type in ${table}`);
    const type = must(recordType(name), name);
    const said = await body(type, n, `referred-${n}`);
    const { id } = answered(await records.create(keeperOf(type), name, said), name);
    referred.set(`${table} ${n}`, id);
    if (table === HOSPITALS) await open(id);
    return id;
  };
  /** A hospital that people can book in, with an authority. */
  const open = async (id: string) => {
    const change = { version: 1, change: { status: 'approved' } };
    answered(await records.change(admin, 'hospitals', id, change), 'hospitals');
    await ask(
      `insert into accounts.user_grants (user_id, grant_name, scope_id) values ($1, 'hospital_authority', $2)`,
      [authority.userId, id],
    );
  };
  const made: RecordsStage['made'] = async (type) => {
    if (type.verbs.includes('create'))
      return answered(await records.create(keeperOf(type), type.name, await body(type)), type.name);
    const writer = WRITTEN_BY[type.table];
    if (writer === undefined) return answered(await records.read(nurse, type.name, patientId), type.name);
    await one(writer);
    const [row] = await ask<{ id: string }>(`select id from ${type.table} order by created_at limit 1`);
    return answered(await records.read(keeperOf(type), type.name, must(row, type.table).id), type.name);
  };
  const named: RecordsStage['named'] = async (type) => {
    const isOfHospital = type.hospital === 'hospitalId' && keeperOf(type) === authority;
    return isOfHospital && type.access === 'hospital_log' ? { hospitalId: await one(HOSPITALS) } : {};
  };

  return {
    records,
    patientId,
    patient,
    nurse,
    stranger: await somebody('professional'),
    admin,
    keeperOf,
    made,
    named,
    published,
    audited,
    seen,
    ask,
    somebody,
    body,
  };
}
