import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AuditLog } from './accounts/audit.ts';
import { keepDue } from './accounts/audit-due.ts';
import { caredFor } from './accounts/cared-for.ts';
import { importTarget } from './accounts/import-target.ts';
import type { Config } from './config.ts';
import { fieldsOf, OWN_TYPES, type TableFields, vitalFields } from './import-fields.ts';
import { systemClock } from './lib/clock.ts';
import { derivedId } from './lib/derived-id.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { type TableOptions, type TableRow, TableUnfit, tableReader } from './lib/typed-table.ts';
import { openRecords } from './records/engine.ts';
import { parseInput } from './records/parse.ts';
import { type AnyRecordType, recordType } from './schema/records/all.ts';
import { parsePairs } from './sim/columns.ts';
import { processIo } from './sim/command-io.ts';
import { Progress } from './sim/progress.ts';
import { parseUtcOffsetMs, timeReader } from './sim/time-format.ts';
import { UsageError } from './sim/usage-error.ts';
import type { Db } from './store/db.ts';
import { openStore } from './store/open-store.ts';
import { timeOf } from './telemetry/apps/values.ts';
import { pgVitalsRecords } from './telemetry/pg-vitals-records.ts';
import { doubtsOf, type Vitals } from './telemetry/vitals/vitals.ts';

export const RECORDS_USAGE = `muster import records --type TYPE --file FILE --user E [options]
muster import vitals --file FILE --user E [options]

Reads what somebody logged of themselves, or their vital signs, from a CSV file with a header. Columns are called as the
fields are (docs/data-model.md), or as the sources of Muster call them. What was read once is not kept again,
records within 30 days.

  --type TYPE          ${OWN_TYPES.map(({ name }) => name).join(', ')}
  --columns F=NAME,…   columns that are called otherwise, by field
  --units F=U,…        units that no column says: lb, oz, st, g; F, K; oz, imp oz, l; mi, ft, yd, km; mg/dl
  --source 002         the columns are those of source 002, in its units: pounds, °F, miles, fluid ounces
  --time-format T, --utc-offset O, --dry-run   as above

Everything is kept in metric units. A cell may bring its unit ("64 oz"); a number whose unit nobody says is not read, and
the line says which units there are.
`;

const ROWS_TOLD = 10;
const PROGRESS_LINES = 50;
const LATE_AFTER_MS = 3_600_000;

type Kept = 'kept' | 'there' | { readonly problem: string };
type Keep = (values: Readonly<Record<string, unknown>>) => Promise<Kept>;

interface Asked {
  /** Null: vital signs. */
  readonly type: AnyRecordType | null;
  readonly file: string;
  readonly user: string;
  readonly isDryRun: boolean;
  readonly fields: TableFields;
  readonly table: TableOptions;
}

/** `muster import records` and `muster import vitals`. */
export async function importRecords(argv: readonly string[], config: Config): Promise<number> {
  const asked = parse(argv);
  const common = { clock: systemClock, log: silentLogger, metrics: noMetrics };
  const stores = await openStore({ ...config, ...common });
  const newId = uuidV7Maker(systemClock.nowMs, Math.random);
  const audit = new AuditLog({ ...common, db: stores.db, newId });
  try {
    const target = await importTarget(stores.db, { user: asked.user, device: null });
    if (!target.ok) {
      process.stderr.write(`${target.detail ?? target.code}\n`);
      return 1;
    }
    const { userId } = target.value;
    if (!asked.isDryRun) {
      audit.record({
        actorId: null,
        grants: ['operator'],
        action: 'import',
        resourceKind: asked.type?.name ?? 'vitals',
        subjectUserId: userId,
        purpose: 'administration',
        outcome: 'allowed',
      });
    }
    const parts = { db: stores.db, userId, audit, newId };
    await importFile(asked, keeperFor(asked, parts));
    return 0;
  } finally {
    await audit.stop();
    await stores.close();
  }
}

interface KeeperParts {
  readonly db: Db;
  readonly userId: string;
  readonly audit: AuditLog;
  readonly newId: () => string;
}

function keeperFor({ type, isDryRun }: Asked, parts: KeeperParts): Keep {
  if (type !== null) return isDryRun ? onlyChecked(type, parts.userId) : ownRecords(type, parts);
  const keep = vitals(parts);
  return isDryRun ? async (values) => vitalsIn(values) ?? 'kept' : keep;
}

const subjectOf = (type: AnyRecordType, userId: string) => ({ [String(type.subject)]: userId });

const onlyChecked =
  (type: AnyRecordType, userId: string): Keep =>
  async (values) => {
    const parsed = parseInput(type, { ...values, ...subjectOf(type, userId) });
    return parsed.ok ? 'kept' : { problem: parsed.detail ?? parsed.code };
  };

/** By the engine of records, as if the person had written it: access, rules, history and audit are those of any record. */
function ownRecords(type: AnyRecordType, { db, userId, audit, newId }: KeeperParts): Keep {
  const fresh = new Set<string>();
  const records = openRecords({
    db,
    clock: systemClock,
    newId() {
      const id = newId();
      fresh.add(id);
      return id;
    },
    people: caredFor(db),
    publish: () => {},
    trail: {
      get hasRoom() {
        return audit.hasRoom;
      },
      recordIn: (tx, entries) =>
        keepDue(tx, entries, { newId, nowMs: systemClock.nowMs, record: (entry) => audit.record(entry) }),
      refused: () => {},
      saw: () => {},
    },
  });
  const by = { userId, grants: ['patient'] };
  return async (values) => {
    fresh.clear();
    const key = derivedId('imported', type.name, JSON.stringify(values));
    const made = await records.create(by, type.name, { ...values, ...subjectOf(type, userId) }, key);
    if (!made.ok) return { problem: made.detail ?? made.code };
    return fresh.has(made.value.id) ? 'kept' : 'there';
  };
}

/** What somebody wrote down themselves. Doubted as all vital signs are, and judged by nobody: it says how they were. */
function vitals({ db, userId }: KeeperParts): Keep {
  const store = pgVitalsRecords(db);
  return async (values) => {
    const problem = vitalsIn(values);
    if (problem) return problem;
    const { recordedAtMs, notes = null, ...measured } = values;
    const receivedAtMs = systemClock.nowMs();
    const added = await store.add({
      recordId: derivedId('imported vitals', userId, JSON.stringify(values)),
      personId: userId,
      enteredBy: userId,
      notes: notes as string | null,
      sample: {
        personId: userId,
        recordedAtMs: Number(recordedAtMs),
        receivedAtMs,
        source: 'manual',
        vitals: measured as Vitals,
        doubts: doubtsOf(measured as Vitals),
        late: receivedAtMs - Number(recordedAtMs) > LATE_AFTER_MS,
      },
    });
    return added.isNew ? 'kept' : 'there';
  };
}

function vitalsIn({ recordedAtMs, notes: _, ...measured }: Readonly<Record<string, unknown>>): Kept | null {
  if (typeof recordedAtMs !== 'number') return { problem: 'recordedAtMs (required): is missing' };
  if (recordedAtMs > systemClock.nowMs()) return { problem: 'recordedAtMs: lies in the future' };
  return Object.keys(measured).length === 0 ? { problem: 'nothing was measured' } : null;
}

async function importFile(asked: Asked, keep: Keep): Promise<void> {
  const progress = new Progress(processIo(), systemClock.monotonicMs);
  const stream = createReadStream(asked.file, 'utf8');
  const counts = { kept: 0, there: 0, refused: 0 };
  const refused: string[] = [];
  try {
    for await (const row of rowsOf(stream, asked)) {
      const answer = 'problem' in row ? row : await keep(row.values);
      if (typeof answer === 'string') counts[answer] += 1;
      else {
        counts.refused += 1;
        if (refused.length < ROWS_TOLD) refused.push(`  line ${row.line}: ${answer.problem}`);
      }
      if (row.line % PROGRESS_LINES === 0) progress.show(() => `${row.line} lines, ${counts.kept} kept`);
    }
  } finally {
    progress.end();
    stream.destroy();
  }
  const { kept, there } = counts;
  const said = `${kept} ${asked.isDryRun ? 'would be kept' : 'kept'}, ${there} there already, ${counts.refused} not read.`;
  process.stdout.write([said, ...refused].map((line) => `${line}\n`).join(''));
}

async function* rowsOf(stream: NodeJS.ReadableStream, { fields, table }: Asked): AsyncGenerator<TableRow> {
  let reader: ReturnType<typeof tableReader> | null = null;
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    if (reader !== null) yield reader.read(line, text);
    else {
      reader = tableReader(text, fields, table);
      if (reader.unread.length > 0) process.stderr.write(`Not read: ${reader.unread.join(', ')}.\n`);
    }
  }
}

function parse(argv: readonly string[]): Asked {
  const option = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      type: option,
      file: option,
      user: option,
      columns: option,
      units: option,
      source: option,
      'time-format': option,
      'utc-offset': option,
      'dry-run': { type: 'boolean' },
    },
  });
  const { file, user, source = null } = values;
  if (positionals.length !== 1) throw new UsageError('One thing at a time: see muster import --help.');
  if (!file || !user) throw new UsageError('--file and --user are needed: see muster import --help.');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`${file} can't be read.`);
  if (source !== null && source !== '002') throw new UsageError('--source is 002: the others are metric.');
  const type = positionals[0] === 'vitals' ? null : typeNamed(values.type);
  const fields = type ? fieldsOf(type, source) : vitalFields(source);
  const format = values['time-format'];
  const offset = values['utc-offset'];
  return {
    type,
    file,
    user,
    isDryRun: values['dry-run'] ?? false,
    fields,
    table: {
      columns: byField('--columns', values.columns, fields),
      units: byField('--units', values.units, fields),
      time:
        format === undefined && offset === undefined
          ? timeOf
          : timeReader(format ?? 'iso', parseUtcOffsetMs(offset ?? 'Z')),
    },
  };
}

function typeNamed(name: string | undefined): AnyRecordType {
  const type = recordType(name ?? '');
  if (type && OWN_TYPES.includes(type)) return type;
  throw new UsageError(`--type is one of ${OWN_TYPES.map((one) => one.name).join(', ')}.`);
}

function byField(flag: string, text: string | undefined, fields: TableFields): Record<string, string> {
  if (text === undefined) return {};
  const pairs = Object.fromEntries(parsePairs(text, flag));
  const strange = Object.keys(pairs).find((field) => !Object.hasOwn(fields, field));
  if (strange !== undefined)
    throw new UsageError(`${flag}: "${strange}" is none of ${Object.keys(fields).join(', ')}.`);
  return pairs;
}

/** Whether it is for whoever asked to mend. */
export const isUnfit = (error: unknown): boolean => error instanceof TableUnfit;
