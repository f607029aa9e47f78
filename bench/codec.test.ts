import { expect, test } from 'vitest';
import { runCodecBench } from './codec.ts';

test('a tiny run of the codec bench gets every frame back, smaller in msgpack', () => {
  const { passed, row, lines } = runCodecBench({ rounds: 1, roundMs: 1 });
  expect(passed).toBe(true);
  for (const { bytes } of row.cases as { bytes: { msgpack: number; json: number } }[]) {
    expect(bytes.msgpack).toBeLessThan(bytes.json);
  }
  expect(lines.join('\n')).toContain('passed');
});
