import { expect, test, vi } from 'vitest';
import { backfillCommand } from './backfill-command.ts';

async function run(...argv: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const take = (text: unknown) => {
    out += text;
    return true;
  };
  const spies = [process.stdout, process.stderr].map((to) => vi.spyOn(to, 'write').mockImplementation(take));
  try {
    return { code: await backfillCommand(argv), out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('says what there is to be filled in, and how', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const word of ['muster backfill NAME', 'calendar-privacy', '--batch', '--rest', '--pause', '--json'])
    expect(out).toContain(word);
});

test.each([
  [['nonsense'], 'There is no backfill "nonsense"; there are: status, calendar-privacy.'],
  [[], 'There is no backfill ""; there are: status, calendar-privacy.'],
  [['calendar-privacy', 'status'], 'There is no backfill "calendar-privacy"'],
  [['calendar-privacy', '--batch', '0'], '--batch: "0" is no whole number from 1 to 50000.'],
  [['calendar-privacy', '--rest', 'long'], '--rest: "long" is no whole number from 0 to 60000.'],
  [['status', '--force'], "Unknown option '--force'"],
])('%j is wrong use, in a sentence', async (argv, sentence) => {
  const { code, out } = await run(...argv);
  expect([code, out]).toEqual([2, expect.stringContaining(sentence)]);
});
