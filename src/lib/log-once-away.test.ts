import { expect, test } from 'vitest';
import { type LogFields, type Logger, silentLogger } from './log.ts';
import { logOnceAway } from './log-once-away.ts';

test('what fails because the store is away is said quietly while that is known, in every room; all else as ever', () => {
  const said: string[] = [];
  const into = (level: string) => (_: LogFields, sentence: string) => said.push(`${level} ${sentence}`);
  const inner: Logger = {
    ...silentLogger,
    debug: into('debug'),
    warn: into('warn'),
    error: into('error'),
    named: () => inner,
  };
  let isAway = false;
  const log = logOnceAway(inner, () => isAway).named('jobs');
  log.warn({ code: 'store_unavailable' }, 'first');
  isAway = true;
  log.warn({ code: 'store_unavailable' }, 'again');
  log.error({ code: 'store_unavailable' }, 'and again');
  log.error({ code: '23505' }, 'something else');
  isAway = false;
  log.warn({ code: 'store_unavailable' }, 'later');
  expect(said).toEqual([
    'warn first',
    'debug again',
    'debug and again',
    'error something else',
    'warn later',
  ]);
});
