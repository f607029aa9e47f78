import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { transitionsTable } from './testing/transitions.ts';

const spec = readFileSync(new URL('SPEC.md', import.meta.url), 'utf8');
const [, invariants = '', back = ''] =
  /## Invariants\n([\s\S]*?)\nAnd back, by test:\n([\s\S]*?)\n\n`sim\/`/.exec(spec) ?? [];

interface Shown {
  readonly invariant: string;
  readonly file: string;
  readonly name: string;
}

const shown: Shown[] = [];
const numbers: string[] = [];
for (const line of invariants.split('\n')) {
  const number = /^\*\*(S\d+)\*\*/.exec(line)?.[1];
  if (number) numbers.push(number);
  const [, file, name] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
  if (file && name) shown.push({ invariant: numbers.at(-1) ?? '', file, name });
}

describe('the specification', () => {
  test('numbers its invariants without a gap, and a test shows each', () => {
    expect(numbers.length).toBeGreaterThan(9);
    expect(numbers).toEqual(numbers.map((_, i) => `S${i + 1}`));
    for (const number of numbers) expect(shown.map(({ invariant }) => invariant)).toContain(number);
  });

  test.each(shown)('names a test that exists: $file $name', ({ file, name }) => {
    const url = new URL(file, import.meta.url);
    expect(existsSync(url)).toBe(true);
    const source = readFileSync(url, 'utf8');
    expect(["'", '`'].some((quote) => source.includes(`${quote}${name}`))).toBe(true);
  });

  test('tells the same from the tests back to the invariants', () => {
    const told = new Map<string, string[]>();
    for (const { file, invariant } of shown)
      told.set(file, [...new Set([...(told.get(file) ?? []), invariant])]);
    const toldBack = back
      .split('\n')
      .map((line) => /^- `([^`]+)`: (.+)$/.exec(line))
      .flatMap((found) => (found?.[1] && found[2] ? [[found[1], found[2].split(' ')] as const] : []));
    expect(new Map(toldBack)).toEqual(told);
  });

  test('shows the table of states and events as it is', () => {
    expect(spec).toContain(transitionsTable());
  });
});
