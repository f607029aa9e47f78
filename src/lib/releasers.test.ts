import { describe, expect, test } from 'vitest';
import { Releasers } from './releasers.ts';

describe('releasers', () => {
  test('release in reverse, one after the other', async () => {
    const releasers = new Releasers();
    const log: string[] = [];
    for (const what of ['pool', 'hub', 'socket']) {
      releasers.add(what, async () => {
        log.push(`${what} begins`);
        await Promise.resolve();
        log.push(`${what} ends`);
      });
    }
    expect(await releasers.releaseAll()).toEqual([]);
    expect(log).toEqual([
      'socket begins',
      'socket ends',
      'hub begins',
      'hub ends',
      'pool begins',
      'pool ends',
    ]);
  });

  test('go on after a failure, thrown or rejected, and report each', async () => {
    const releasers = new Releasers();
    let poolReleased = false;
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    releasers.add('pool', () => {
      poolReleased = true;
    });
    releasers.add('hub', () => {
      throw thrown;
    });
    releasers.add('socket', () => Promise.reject(rejected));
    expect(await releasers.releaseAll()).toEqual([
      { what: 'socket', error: rejected },
      { what: 'hub', error: thrown },
    ]);
    expect(poolReleased).toBe(true);
  });

  test('release each thing once', async () => {
    const releasers = new Releasers();
    let released = 0;
    releasers.add('pool', () => {
      released += 1;
    });
    await Promise.all([releasers.releaseAll(), releasers.releaseAll()]);
    await releasers.releaseAll();
    expect(released).toBe(1);
  });
});
