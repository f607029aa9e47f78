import { caredFor } from '../accounts/cared-for.ts';
import type { LogEvent } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { openRecords } from '../records/engine.ts';
import type { RecordEntry, Records, Viewer } from '../records/types.ts';
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
  readonly published: LogEvent[];
  readonly audited: (RecordEntry & { readonly outcome: string })[];
  readonly seen: { readonly viewerId: string; readonly subjectId: string; readonly resourceKind: string }[];
  ask<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Another account with these grants. */
  somebody(...grants: string[]): Promise<Viewer>;
  /** A valid body about the patient; those with other numbers differ where they have to. */
  body(type: AnyRecordType, n?: number): Promise<Record<string, unknown>>;
}

let statements = 0;

export async function recordsStage(db: Db): Promise<RecordsStage> {
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

  const referred = new Map<string, string>();
  const body: RecordsStage['body'] = async (type, n = 0) => {
    const filled: Record<string, unknown> = { ...type.example };
    for (const [name, { references, sqlType }] of Object.entries(type.fields)) {
      if (name === type.letter?.to || name === 'personId') filled[name] = patient.userId;
      else if (name === 'patientId') filled[name] = patientId;
      else if (references?.table === 'accounts.users' && name in type.example) filled[name] = nurse.userId;
      else if (references && name in type.example) filled[name] = await one(references.table);
      else if (name === 'dayOfWeek') filled[name] = (Number(filled[name]) + n) % 7;
      else if (name === 'name' && n > 0) filled[name] = `${String(filled[name])} ${n}`;
      else if (sqlType === 'timestamptz' && name in type.example)
        filled[name] = Number(filled[name]) + n * HOUR_MS;
      else if (sqlType === 'date' && name in type.example)
        filled[name] = new Date(Date.parse(String(filled[name])) + n * DAY_MS).toISOString().slice(0, 10);
    }
    return filled;
  };
  /** A record of this table that others can refer to. */
  const one = async (table: string): Promise<string> => {
    const known = referred.get(table);
    if (known !== undefined) return known;
    const { recordType, RECORD_TYPES } = await import('../schema/records/all.ts');
    const name = must(RECORD_TYPES.find((type) => type.table === table)?.name, `a type in ${table}`);
    const created = await records.create(nurse, name, await body(must(recordType(name), name)));
    if (!created.ok) throw new Error(`${name}: ${created.code} ${created.detail}`);
    referred.set(table, created.value.id);
    return created.value.id;
  };

  return {
    records,
    patientId,
    patient,
    nurse,
    stranger: await somebody('professional'),
    admin: await somebody('admin'),
    published,
    audited,
    seen,
    ask,
    somebody,
    body,
  };
}
