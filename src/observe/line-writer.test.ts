import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { until } from '../testing/until.ts';
import { LineWriter } from './line-writer.ts';

describe('lines', () => {
  let folder: string;
  let file: string;
  let fd: number;
  let counted: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-lines-'));
    file = join(folder, 'log');
    fd = openSync(file, 'a');
    counted = [];
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  const metrics = { ...noMetrics, count: (name: string) => void counted.push(name) };
  const open = (bufferedBytesMax = 1_000_000, to = fd) =>
    new LineWriter({ fd: to, bufferedBytesMax, clock: systemClock, metrics });
  const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n} é\n`);
  const contains = (text: string) =>
    until(() => readFileSync(file, 'utf8') === text, { timeoutMs: 5_000, what: 'all lines' });

  test('arrive whole and in order', async () => {
    const writer = open();
    const lines = numbered(1_000);
    for (const line of lines) writer.write(line);
    await contains(lines.join(''));
    writer.write('later\n');
    await contains(`${lines.join('')}later\n`);
    expect(counted).toEqual([]);
  });

  test('arrive also when the process ends at once', async () => {
    const writer = open();
    const lines = numbered(50);
    for (const line of lines) writer.write(line);
    writer.finish();
    await until(() => readFileSync(file, 'utf8').split('\n').length === 51, {
      timeoutMs: 5_000,
      what: 'all lines',
    });
    expect(readFileSync(file, 'utf8').split('\n').sort()).toEqual([...lines.map((l) => l.trim()), ''].sort());
  });

  test('are dropped and counted when too many wait', async () => {
    const writer = open(30);
    for (const line of numbered(10)) writer.write(line);
    await contains('line 0 é\nline 1 é\nline 2 é\nline 3 é\n');
    expect(counted).toEqual(Array(6).fill('log_lines_dropped'));
  });

  test('end nothing when nobody reads any more, and the exit does not wait', async () => {
    const child = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pipe = (child.stdin as unknown as { _handle: { fd: number } })._handle.fd;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const writer = open(1_000, pipe);
    writer.write('into the void\n');
    await until(() => counted.includes('log_write_failed'), { timeoutMs: 5_000, what: 'the failure' });
    writer.write('more\n');
    writer.finish();
    expect(counted).toEqual(['log_write_failed', 'log_lines_dropped']);
  });

  test('wait in a bounded line while the reader is stuck, and the exit leaves them', async () => {
    const child = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pipe = (child.stdin as unknown as { _handle: { fd: number } })._handle.fd;
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const writer = new LineWriter({ fd: pipe, bufferedBytesMax: 1_000_000, clock, metrics });
    const line = `${'x'.repeat(99_999)}\n`;
    await until(
      () => {
        writer.write(line);
        return counted.includes('log_lines_dropped');
      },
      { timeoutMs: 5_000, what: 'the line to be full' },
    );
    nowMs = 1_001;
    writer.finish();
    expect(counted).not.toContain('log_write_failed');
    child.kill('SIGKILL');
    await until(() => counted.includes('log_write_failed'), { timeoutMs: 5_000, what: 'the broken pipe' });
  });
});
