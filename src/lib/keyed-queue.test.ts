import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyedQueue } from './keyed-queue.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);

/** A task that ends when it is told to, and what it did so far. */
function controlled(log: string[], name: string) {
  const { promise, resolve, reject } = withResolvers<string>();
  const task = async () => {
    log.push(`${name} begins`);
    const value = await promise.finally(() => log.push(`${name} ends`));
    return value;
  };
  return { task, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets everything run that waits for nothing. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('tasks of one key', () => {
  test('run one after another, in the order in which they came', async () => {
    const queue = new KeyedQueue(10);
    const log: string[] = [];
    const [first, second] = [controlled(log, 'first'), controlled(log, 'second')];
    const results = [queue.run('sos', first.task), queue.run('sos', second.task)];
    second.end();
    await settle();
    expect(log).toEqual(['first begins']);
    first.end();
    expect(await Promise.all(results)).toEqual(['first', 'second']);
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  test('go on after one that failed, which rejects its own promise and no other', async () => {
    const queue = new KeyedQueue(10);
    const results = await Promise.allSettled([
      queue.run('sos', () => Promise.reject(new Error('rejected'))),
      queue.run('sos', () => {
        throw new Error('thrown');
      }),
      queue.run('sos', async () => 'fine'),
    ]);
    expect(results).toEqual([
      { status: 'rejected', reason: new Error('rejected') },
      { status: 'rejected', reason: new Error('thrown') },
      { status: 'fulfilled', value: 'fine' },
    ]);
    expect(queue.keys).toBe(0);
  });

  test('are refused beyond the limit, until one has ended', async () => {
    const queue = new KeyedQueue(2);
    const log: string[] = [];
    const [running, waiting] = [controlled(log, 'running'), controlled(log, 'waiting')];
    const first = queue.run('sos', running.task);
    const second = queue.run('sos', waiting.task);
    expect(queue.run('sos', controlled(log, 'refused').task)).toBeNull();
    running.end();
    await first;
    await settle();
    const later = queue.run('sos', async () => 'later');
    waiting.end();
    await second;
    expect(await later).toBe('later');
    expect(log).not.toContain('refused begins');
  });

  test('may queue another of the same key from within', async () => {
    const queue = new KeyedQueue(10);
    const log: string[] = [];
    let inner: Promise<unknown> | null = null;
    await queue.run('sos', async () => {
      inner = queue.run('sos', async () => log.push('inner'));
      log.push('outer');
    });
    await inner;
    expect(log).toEqual(['outer', 'inner']);
  });
});

describe('tasks of different keys', () => {
  test('run side by side, and a full key keeps no other waiting', async () => {
    const queue = new KeyedQueue(1);
    const stuck = controlled([], 'stuck');
    const blocked = queue.run('a', stuck.task);
    expect(queue.run('a', async () => 'refused')).toBeNull();
    expect(await queue.run('b', async () => 'free')).toBe('free');
    stuck.end();
    expect(await blocked).toBe('stuck');
  });
});

describe('the queue', () => {
  test('is idle when everything queued up to then has ended, failures too', async () => {
    const queue = new KeyedQueue(10);
    const log: string[] = [];
    const [a, b] = [controlled(log, 'a'), controlled(log, 'b')];
    const results = Promise.allSettled([queue.run('a', a.task), queue.run('b', b.task)]);
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    a.fail();
    await settle();
    expect(isIdle).toBe(false);
    b.end();
    await idle;
    expect(log).toEqual(expect.arrayContaining(['a ends', 'b ends']));
    await results;
  });

  test('is idle at once when it is empty', async () => {
    await expect(new KeyedQueue(1).idle()).resolves.toBeUndefined();
  });

  test('forgets a key with its last task', async () => {
    const queue = new KeyedQueue(10);
    await Promise.all([
      queue.run('a', async () => 1),
      queue.run('a', async () => 2),
      queue.run('b', async () => 3),
    ]);
    await queue.idle();
    expect(queue.keys).toBe(0);
  });

  test('keeps the order of each key and never overlaps it, however tasks take and fail', async () => {
    const aTask = fc.record({ key: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(4), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(aTask, { maxLength: 30 }), async (tasks) => {
        const queue = new KeyedQueue(tasks.length + 1);
        const begun: Record<string, number[]> = {};
        const running = new Set<string>();
        const results = tasks.map(({ key, turns, fails }, i) =>
          queue.run(key, async () => {
            expect(running.has(key)).toBe(false);
            running.add(key);
            begun[key] = [...(begun[key] ?? []), i];
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            running.delete(key);
            if (fails) throw new Error(`task ${i}`);
            return i;
          }),
        );
        const settled = await Promise.allSettled(results);
        expect(settled).toEqual(
          tasks.map(({ fails }, i) =>
            fails
              ? { status: 'rejected', reason: new Error(`task ${i}`) }
              : { status: 'fulfilled', value: i },
          ),
        );
        for (const order of Object.values(begun)) expect(order).toEqual([...order].sort((x, y) => x - y));
        await queue.idle();
        expect(queue.keys).toBe(0);
      }),
      { seed: SEED },
    );
  });
});
