import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import { describe, expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { ManualClock, systemClock } from './clock.ts';

describe('a manual clock', () => {
  test('stands still until it is told to advance', () => {
    const clock = new ManualClock(1_000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 1_000]);
    clock.advance(250);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_250, 1_250]);
  });

  test('runs what falls due in order of time, then of registration, each at its own time', () => {
    const clock = new ManualClock(0);
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.nowMs()}`);
    clock.after(20, note('c'));
    clock.after(10, note('a'));
    clock.after(20, note('d'));
    clock.after(10, note('b'));
    clock.after(31, note('later'));
    clock.advance(30);
    expect(ran).toEqual(['a@10', 'b@10', 'c@20', 'd@20']);
    expect(clock.nowMs()).toBe(30);
  });

  test('runs a call that another call made, when it falls due on the way', () => {
    const clock = new ManualClock(0);
    const at: number[] = [];
    const again = () => {
      at.push(clock.nowMs());
      clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  test('runs each call once, and a cancelled one never', () => {
    const clock = new ManualClock(0);
    let ran = 0;
    const cancel = clock.after(10, () => ran++);
    clock.after(20, () => ran++);
    cancel();
    clock.advance(100);
    clock.advance(100);
    expect(ran).toBe(1);
  });

  test('takes a delay in the past as now', () => {
    const clock = new ManualClock(50);
    let atMs = 0;
    clock.after(-10, () => {
      atMs = clock.nowMs();
    });
    clock.advance(0);
    expect(atMs).toBe(50);
  });
});

describe('the system clock', () => {
  test('calls after the delay, not before', async () => {
    const startMs = systemClock.monotonicMs();
    let calledMs = 0;
    systemClock.after(20, () => {
      calledMs = systemClock.monotonicMs();
    });
    await until(() => calledMs > 0, { timeoutMs: 5_000, what: 'the call' });
    // Timers count whole milliseconds and may be up to one early by the finer clock.
    expect(calledMs - startMs).toBeGreaterThanOrEqual(19);
  });

  test('does not call what was cancelled, nor a delay beyond 2^31 ms at once', async () => {
    const called: string[] = [];
    systemClock.after(0, () => called.push('cancelled'))();
    const cancelLong = systemClock.after(2 ** 40, () => called.push('long'));
    systemClock.after(5, () => called.push('short'));
    await until(() => called.includes('short'), { timeoutMs: 5_000, what: 'the short call' });
    cancelLong();
    expect(called).toEqual(['short']);
  });

  test('does not keep the process alive', async () => {
    const file = fileURLToPath(new URL('./clock.ts', import.meta.url));
    const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file);
    const script = `${code}\nsystemClock.after(60_000, () => {});`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
    expect(child.status).toBe(0);
  });
});
