import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { BACKFILLS } from '../schema/backfills.ts';
import { type BackfillStage, MISJUDGED, openBackfillStage } from '../testing/backfill-stage.ts';
import { backfillStates, type Progress, pauseBackfill, runBackfill } from './backfill.ts';

const EVENTS = 2_500;
const backfill = must(BACKFILLS[0], 'a backfill');

let on: BackfillStage;
beforeAll(async () => {
  on = await openBackfillStage(EVENTS);
});
afterAll(() => on?.stop());

const run = (onProgress: (progress: Progress) => void = () => {}, signal = new AbortController().signal) =>
  runBackfill(on.connection, backfill, { clock: systemClock, batchRows: 200, restMs: 0, signal, onProgress });
const one = async <Row>(text: string) => must((await on.ask<Row>(text))[0], 'a row');
const unsaid = async () =>
  (
    await one<{ n: number }>(
      'select count(1)::integer as n from recovery.calendar_events where privacy_level is null',
    )
  ).n;
const isFixed = async () =>
  (
    await one<{ fixed: boolean }>(
      `select attnotnull as fixed from pg_attribute
        where attrelid = 'recovery.calendar_events'::regclass and attname = 'privacy_level'`,
    )
  ).fixed;

test('before its migration it says which one it needs', async () => {
  await expect(run()).rejects.toThrow('calendar-privacy is of migration 45, which is not applied here');
});

test('what is written beside it is filled in by itself, and is no change of a version', async () => {
  await on.migrate('forward');
  expect(await unsaid()).toBe(EVENTS);
  const [touched] = await on.ask<{ privacy_level: string; version: number }>(
    `update recovery.calendar_events set title = 'Swim' where id = (select min(id::text)::uuid from recovery.calendar_events)
     returning privacy_level, version`,
  );
  expect(touched).toEqual({ privacy_level: 'private', version: 2 });
  expect(await unsaid()).toBe(EVENTS - 1);
});

test('stops after its batch when it is asked to, by a signal or from elsewhere, and goes on there', async () => {
  const stop = new AbortController();
  const first = await run(({ batches }) => batches === 2 && stop.abort(), stop.signal);
  expect(first).toMatchObject({ state: 'paused', seen: 400, batches: 2 });
  const asked: Promise<boolean>[] = [];
  const second = await run(({ batches }) => {
    if (batches === 3) asked.push(pauseBackfill(on.connection, backfill));
  });
  expect(await Promise.all(asked)).toEqual([true]);
  expect(second.state).toBe('paused');
  expect(second.batches).toBeLessThan(EVENTS / 200);
  expect(await pauseBackfill(on.connection, backfill)).toBe(false);
  expect(await unsaid()).toBe(EVENTS - second.seen);
  expect(await isFixed()).toBe(false);
});

test('two are never at it; what was left over is done once, and holds from then on', async () => {
  const others: Promise<unknown>[] = [];
  const done = await run(({ batches }) => {
    if (others.length === 0 && batches > 0)
      others.push(run().catch((error: unknown) => (error as Error).message));
  });
  expect(await Promise.all(others)).toEqual([expect.stringContaining('is being done by another process')]);
  expect(done).toMatchObject({ state: 'done', seen: EVENTS, filled: EVENTS - 1 });
  expect(await one(MISJUDGED)).toEqual({ wrong: 0 });
  expect(await isFixed()).toBe(true);
  const { kept, raised } = await one<{ kept: number; raised: number }>(
    `select (select count(1)::integer from recovery.record_history) as kept,
            (select count(1)::integer from recovery.calendar_events where version > 1) as raised`,
  );
  expect([kept, raised]).toEqual([1, 1]);
  expect(await run()).toMatchObject({ state: 'done', batches: done.batches });
  expect(await backfillStates(on.connection, BACKFILLS)).toEqual([done]);
});

test('its migration is taken back, and a database without events needs none', async () => {
  await on.migrate('back');
  await on.ask('delete from recovery.calendar_events');
  await on.migrate('forward');
  expect(await isFixed()).toBe(true);
  expect(await run()).toMatchObject({ state: 'not needed' });
});
