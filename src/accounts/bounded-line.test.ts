import { describe, expect, test } from 'vitest';
import { BoundedLine } from './bounded-line.ts';

/** Work that is done when it is told to be. */
function heldWork() {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => finish.set(name, () => resolve(name)));
  };
  return { started, work, finish: (name: string) => finish.get(name)?.() };
}

describe('a bounded line', () => {
  test('runs no more at once than it may, and the rest in order', async () => {
    const line = new BoundedLine({ runningMax: 2, waitingMax: 2 });
    const { started, work, finish } = heldWork();
    const answers = ['a', 'b', 'c', 'd'].map((name) => line.run(work(name)));
    expect(started).toEqual(['a', 'b']);
    expect(line.waiting).toBe(2);
    finish('b');
    await answers[1];
    await Promise.resolve();
    expect(started).toEqual(['a', 'b', 'c']);
    finish('a');
    await answers[0];
    await Promise.resolve();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    finish('c');
    finish('d');
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'].map((value) => ({ ok: true, value })));
  });

  test('refuses at once whoever finds it full, and takes people in again later', async () => {
    const line = new BoundedLine({ runningMax: 1, waitingMax: 1 });
    const { work, finish } = heldWork();
    const first = line.run(work('a'));
    const second = line.run(work('b'));
    expect(await line.run(work('c'))).toEqual({ ok: false, code: 'busy' });
    finish('a');
    await first;
    const third = line.run(work('d'));
    finish('b');
    await second;
    await Promise.resolve();
    finish('d');
    expect(await third).toEqual({ ok: true, value: 'd' });
  });

  test('work that fails gives its place back', async () => {
    const line = new BoundedLine({ runningMax: 1, waitingMax: 0 });
    await expect(line.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await line.run(async () => 1)).toEqual({ ok: true, value: 1 });
  });
});
