import { describe, expect, test } from 'vitest';
import { listStatement, statementsOf } from '../../records/statements.ts';
import { POOL_REACH, type PoolName } from '../../schema/application-role.ts';
import { RECORD_TYPES } from '../../schema/records/all.ts';
import { ourTextFiles } from './files.ts';
import { importsOf } from './imports.ts';
import { joinedIn, relationsIn, statementsIn } from './schema-joins.ts';
import { parseSource } from './source.ts';

const sources = ourTextFiles()
  .filter(({ path }) => /^src\/(?!testing|sim|masking).*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  .map(({ path, text }) => parseSource(path, text));

/** What is read across schemas all the same, by file, and why. */
const JOINS: Readonly<Record<string, string>> = {
  'src/accounts/sql/cared-for.ts: accounts.break_glass, care.care_team':
    'how somebody stands to a person is one answer of one moment, asked before everything that is shown',
  'src/accounts/sql/patients.ts: accounts.break_glass, care.care_team': 'the same of the list of patients',
  'src/dispatch/pg-chat.ts: dispatch.chat_reads, journal.events, journal.streams':
    'nobody has read further than the log of the SOS goes, which the state is written in one transaction with',
  'src/dispatch/pg-presence.ts: dispatch.presence, journal.nodes': 'who is connected where a node has died',
  'src/dispatch/pg-reads.ts: dispatch.area_broadcasts, dispatch.broadcast_recipients, dispatch.holders, dispatch.sos_offers, dispatch.sos_slots, journal.streams':
    'a state with the number of its newest event, of one moment: a snapshot that misses none',
};

test('a statement stays in its schema, but for people, patients and the audit log', () => {
  const found = sources.flatMap((source) =>
    statementsIn(source).flatMap((text) => {
      const joined = joinedIn(text);
      return joined.length > 0 ? [`${source.path}: ${joined.join(', ')}`] : [];
    }),
  );
  expect(found.sort()).toEqual(Object.keys(JOINS).sort());
});

test('a join is found however its statement is put together', () => {
  const texts = [
    "sql('a', 'select from dispatch.shifts s join telemetry.alerts a on true')",
    "const FROM = 'from dispatch.shifts'; sql('a', `select id $".concat('{FROM} join telemetry.alerts a`)'),
    "const REST = 'join telemetry.alerts a'; sql('a', 'select from dispatch.shifts ' + REST)",
  ];
  for (const text of texts)
    expect(statementsIn(parseSource('src/a.ts', text)).flatMap(joinedIn), text).toEqual([
      'dispatch.shifts',
      'telemetry.alerts',
    ]);
  expect(joinedIn('select from dispatch.shifts join accounts.users u on true')).toEqual([]);
});

const subjects = ['one', 'another'];
describe.each(RECORD_TYPES.map((type) => [type.name, type] as const))('records of %s', (_, type) => {
  test('are read and written in their schema alone', () => {
    const asked = { of: null, asParty: false, conditions: [], words: null, after: null, limit: 50, list: '' };
    const order = { sort: 'createdAtMs', newestFirst: true };
    const scope = { subjects, party: null, viewerId: 'me' };
    const texts = [
      ...Object.values(statementsOf(type)),
      listStatement(type, { ...asked, ...order }, scope).statement,
    ].map(({ text }) => text);
    const [schema] = type.table.split('.');
    expect(relationsIn(texts.join('\n'))).toEqual([type.table, `${schema}.record_history`].sort());
  });
});

/** What works on the connections of each pool, with all that it imports. */
const WORKS_ON: Readonly<Record<PoolName, readonly string[]>> = {
  sos: [
    'src/dispatch/pg.ts',
    'src/notify/push/offers.ts',
    'src/journal/tail.ts',
    'src/journal/event-log.ts',
    'src/accounts/standing.ts',
  ],
  alerts: [
    'src/telemetry/pg-alerts.ts',
    'src/dispatch/pg-shifts.ts',
    'src/notify/pg.ts',
    'src/accounts/sql/who-is-told.ts',
    'src/accounts/sql/cared-for.ts',
  ],
  probe: ['src/store/db.ts'],
};

test.each(Object.entries(WORKS_ON))('the role of the pool %s reaches what works on it', (pool, entries) => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const left = [...entries];
  const looked = new Set<string>();
  const beyond: string[] = [];
  const reach: readonly string[] = POOL_REACH[pool as PoolName];
  for (let path = left.pop(); path; path = left.pop()) {
    const source = byPath.get(path);
    if (looked.has(path)) continue;
    looked.add(path);
    expect(source, path).toBeDefined();
    if (!source) continue;
    left.push(...importsOf(source).flatMap(({ to, typeOnly }) => (typeOnly ? [] : [to])));
    for (const relation of statementsIn(source).flatMap(relationsIn))
      if (!reach.includes(relation) && !reach.includes(relation.split('.')[0] ?? ''))
        beyond.push(`${path}: ${relation}`);
  }
  expect(beyond).toEqual([]);
});
