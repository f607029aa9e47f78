import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock, systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { type JournalFiles, journalFiles } from './files.ts';
import type { LocalEntry } from './frame.ts';
import { LocalJournal } from './local-journal.ts';
import { MemoryFiles } from './memory-files.ts';

const entry = (text: string, id = randomUUID()): LocalEntry => ({ lane: 1, id, payload: Buffer.from(text) });
const textsOf = (journal: LocalJournal) =>
  journal.kept().map(({ payload }) => Buffer.from(payload).toString());

function open(
  files: JournalFiles,
  more: { clock?: ManualClock; segmentBytes?: number; keptBytesMax?: number } = {},
) {
  const counts: Record<string, number> = {};
  const states: boolean[] = [];
  const count = (name: string, _labels?: unknown, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const opened = LocalJournal.open({
    files,
    clock: more.clock ?? systemClock,
    log: silentLogger,
    metrics: { ...noMetrics, count },
    onState: (isFailing) => states.push(isFailing),
    ...more,
  });
  return opened.then((journal) => ({ journal, counts, states }));
}

describe('a local journal', () => {
  test('on a real disk gives back, in order, what was not done with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-journal-'));
    try {
      const { journal } = await open(await journalFiles(join(folder, 'journal')));
      const entries = ['a', 'b', 'c'].map((text) => entry(text));
      for (const one of entries) expect(await journal.append(one)).toMatchObject({ ok: true });
      journal.done(entries[1]?.id ?? '');
      await journal.stop();
      const again = await open(await journalFiles(join(folder, 'journal')));
      expect(textsOf(again.journal)).toEqual(['a', 'c']);
      for (const { id } of again.journal.kept()) again.journal.done(id);
      await again.journal.stop();
      expect(textsOf((await open(await journalFiles(join(folder, 'journal')))).journal)).toEqual([]);
      expect(await readdir(join(folder, 'journal'))).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('acknowledges nothing before the disk has it, and everything that waited with one sync', async () => {
    const files = new MemoryFiles();
    let release = () => {};
    const { journal } = await open(files);
    await journal.append(entry('first'));
    files.before = (step) =>
      step === 'sync' ? new Promise<void>((resolve) => (release = resolve)) : undefined;
    const acked: string[] = [];
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
    const all = Promise.all(texts.map((text) => journal.append(entry(text)).then(() => acked.push(text))));
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(acked).toEqual([]);
    release();
    await all;
    expect([acked.length, files.syncs]).toEqual([100, 2]);
  });

  test('keeps an entry once, however often it comes', async () => {
    const { journal } = await open(new MemoryFiles());
    const one = entry('one');
    const answers = await Promise.all([journal.append(one), journal.append(one)]);
    answers.push(await journal.append(one));
    expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(textsOf(journal)).toEqual(['one']);
  });

  test.each(['ENOSPC on append', 'EIO on sync', 'EIO on create'])(
    'a disk that says %s is believed: nothing is acknowledged, that file is left alone, and it goes on in another',
    async (fault) => {
      const clock = new ManualClock();
      const files = new MemoryFiles();
      const { journal, states } = await open(files, { clock, segmentBytes: 1 });
      await journal.append(entry('before'));
      const [code, , step] = fault.split(' ');
      files.before = (at) => {
        if (at === step) throw Object.assign(new Error('the disk'), { code });
      };
      expect(await journal.append(entry('lost'))).toEqual({ ok: false, code: 'journal_failed' });
      expect(await journal.append(entry('too'))).toEqual({ ok: false, code: 'journal_failed' });
      expect([journal.isFailing, states]).toEqual([true, [true]]);
      files.before = () => {};
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(states).toEqual([true, false]);
      expect(await journal.append(entry('after'))).toMatchObject({ ok: true });
      const again = await open(files.afterPowerCut(0));
      expect([textsOf(again.journal), again.counts]).toEqual([['before', 'after'], {}]);
    },
  );

  test.each(['create', 'append', 'sync'])(
    'a disk that hangs at %s keeps nobody waiting, and is asked again when it has answered',
    async (step) => {
      const clock = new ManualClock();
      const files = new MemoryFiles();
      const { journal, states } = await open(files, { clock, segmentBytes: 1 });
      await journal.append(entry('before'));
      let release = () => {};
      let hangs = 0;
      files.before = (at) => {
        if (at !== step) return;
        hangs += 1;
        return new Promise<void>((resolve) => (release = resolve));
      };
      const turns = async () => {
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      };
      const [first, second] = [journal.append(entry('first')), journal.append(entry('second'))];
      await turns();
      clock.advance(2_999);
      expect(await Promise.all([first, second])).toEqual([
        { ok: false, code: 'journal_failed' },
        { ok: false, code: 'journal_failed' },
      ]);
      expect(states).toEqual([true]);
      // Not one thread after another hangs on it.
      for (let second = 0; second < 10; second++) {
        clock.advance(1_000);
        await turns();
      }
      expect(hangs).toBe(1);
      files.before = () => {};
      release();
      await turns();
      clock.advance(1_000);
      await turns();
      expect(states).toEqual([true, false]);
      expect(await journal.append(entry('after'))).toMatchObject({ ok: true });
      expect(textsOf(journal)).toEqual(['before', 'after']);
      expect(textsOf((await open(files.afterPowerCut(0))).journal)).toEqual(['before', 'after']);
    },
  );

  test('a disk that fails for long leaves no empty files', async () => {
    const clock = new ManualClock();
    const files = new MemoryFiles();
    const { journal } = await open(files, { clock });
    await journal.append(entry('before'));
    files.before = (at) => {
      if (at === 'append') throw Object.assign(new Error('the disk'), { code: 'ENOSPC' });
    };
    await journal.append(entry('lost'));
    for (let second = 0; second < 20; second++) {
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(files.stored.size).toBe(1);
  });

  test('what is done with is not left on the disk', async () => {
    const files = new MemoryFiles();
    const { journal } = await open(files);
    const said = entry('where somebody lives');
    await journal.append(said);
    journal.done(said.id);
    await journal.stop();
    const bytes = Buffer.concat([...files.stored.values()].map(({ written }) => written));
    expect([bytes.includes('lives'), files.stored.size]).toEqual([false, 1]);
  });

  test('refuses what is more than it may keep, and takes it once there is room', async () => {
    const { journal } = await open(new MemoryFiles(), { keptBytesMax: 60 });
    const first = entry('0123456789');
    expect(await journal.append(first)).toMatchObject({ ok: true });
    expect(await journal.append(entry('0123456789'))).toEqual({ ok: false, code: 'journal_full' });
    journal.done(first.id);
    expect(await journal.append(entry('0123456789'))).toMatchObject({ ok: true });
  });

  test('removes files in which everything is done with', async () => {
    const files = new MemoryFiles();
    const { journal } = await open(files, { segmentBytes: 1 });
    const entries = ['a', 'b', 'c'].map((text) => entry(text));
    for (const one of entries) await journal.append(one);
    expect(files.stored.size).toBe(3);
    for (const { id } of entries) journal.done(id);
    await journal.append(entry('d'));
    await journal.stop();
    expect(files.stored.size).toBeLessThanOrEqual(2);
    expect(textsOf((await open(files.afterPowerCut(0))).journal)).toEqual(['d']);
  });

  test('what was spoiled in the middle is reported, costs nothing else, and stays for somebody to look at', async () => {
    const files = new MemoryFiles();
    const { journal } = await open(files);
    for (const text of ['first', 'second', 'third']) await journal.append(entry(text));
    const [file] = files.stored.values();
    const at = file?.written.indexOf('second') ?? 0;
    file?.written.write('X', at);
    const again = await open(files);
    expect([textsOf(again.journal), again.counts]).toEqual([
      ['first', 'third'],
      { local_journal_damage_total: 1 },
    ]);
    for (const { id } of again.journal.kept()) again.journal.done(id);
    await again.journal.stop();
    expect(files.stored.size).toBeGreaterThan(1);
  });

  test('a whole file that is gone from the middle is reported', async () => {
    const files = new MemoryFiles();
    const { journal } = await open(files, { segmentBytes: 1 });
    for (const text of ['first', 'second', 'third']) await journal.append(entry(text));
    await files.remove('00000002.journal');
    expect((await open(files)).counts).toEqual({ local_journal_damage_total: 1 });
  });

  test('whatever fails and whenever the power goes, all that was acknowledged and not done with is there, in order', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('append' as const) },
      { weight: 2, arbitrary: fc.constant('done' as const) },
      { weight: 1, arbitrary: fc.constant('power cut' as const) },
      { weight: 2, arbitrary: fc.constant('fault' as const) },
      { weight: 1, arbitrary: fc.constant('settle' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (steps, chances) => {
          const chance = () => Number(chances.next().value);
          const clock = new ManualClock();
          let files = new MemoryFiles();
          let { journal } = await open(files, { clock, segmentBytes: 200 });
          const acked: string[] = [];
          const given = new Set<string>();
          const done = new Set<string>();
          let under: Promise<unknown>[] = [];
          const settle = async () => {
            files.before = () => {};
            await Promise.all(under);
            under = [];
            clock.advance(1_000);
            for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
          };
          for (const what of steps) {
            if (what === 'append') {
              const one = entry(`${given.size}`);
              given.add(one.id);
              under.push(journal.append(one).then(({ ok }) => ok && acked.push(one.id)));
            } else if (what === 'done') {
              const id = acked[Math.floor(chance() * acked.length)];
              if (id) done.add(id);
              if (id) journal.done(id);
            } else if (what === 'fault') {
              const bad = chance();
              files.before = (at) => {
                if (chance() < bad) throw Object.assign(new Error(at), { code: 'EIO' });
              };
            } else if (what === 'settle') await settle();
            else {
              // What is answered from here on is answered by nobody.
              const left = files.afterPowerCut(chance());
              const before = [...acked];
              const again = await open(left, { clock, segmentBytes: 200 });
              const found = again.journal.kept().map(({ id }) => id);
              expect(found.filter((id) => before.includes(id) && !done.has(id))).toEqual(
                before.filter((id) => !done.has(id)),
              );
              expect(found.every((id) => given.has(id))).toBe(true);
              expect(again.counts.local_journal_damage_total).toBeUndefined();
              await settle();
              files = left;
              journal = again.journal;
              acked.splice(0, acked.length, ...found);
            }
          }
          await settle();
        },
      ),
      { numRuns: 150 },
    );
  });
});
