import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsOf, COMPARATORS, type DateCriterion, readSearch, type Search } from './search.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const PATIENT = '00000000-0000-4000-8000-000000000001';

function asked(query: string): Search {
  const read = readSearch(new URLSearchParams(`patient=${PATIENT}&${query}`), NOW);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value;
}

/** R4, "Prefixes": of what was so for one millisecond. */
function meets({ comparator, fromMs, toMs }: DateCriterion, atMs: number): boolean {
  const isWithin = atMs >= fromMs && atMs + 1 <= toMs;
  return {
    eq: isWithin,
    ne: !isWithin,
    gt: atMs + 1 > toMs,
    lt: atMs < fromMs,
    ge: atMs + 1 > toMs || isWithin,
    le: atMs < fromMs || isWithin,
    sa: atMs >= toMs,
    eb: atMs + 1 <= fromMs,
    ap: atMs < toMs && atMs + 1 > fromMs,
  }[comparator];
}

describe('a search', () => {
  test('by itself is for everything that counts, newest first', () => {
    expect(asked('')).toMatchObject({ codes: null, dates: [], newestFirst: true, count: 50, from: null });
    expect(asked('').statuses).not.toContain('entered-in-error');
  });

  test('never shows more at once than is allowed', () => {
    expect(asked('_count=100000').count).toBe(200);
  });

  test('"ap" reaches a tenth of the time between then and now further, both ways', () => {
    const day = 86_400_000;
    const [[criterion] = []] = asked('date=ap2026-02-19').dates;
    const fromMs = Date.parse('2026-02-19T00:00Z');
    expect(criterion?.fromMs).toBe(fromMs - Math.round((NOW - fromMs) / 10));
    expect(criterion?.toMs).toBe(fromMs + day + Math.round((NOW - fromMs - day) / 10));
  });

  test('looks at all that can meet its dates', () => {
    const time = fc.integer({ min: 0, max: 100 });
    const criterion = fc
      .tuple(fc.constantFrom(...COMPARATORS), time, fc.integer({ min: 1, max: 20 }))
      .map(([comparator, fromMs, length]) => ({ comparator, fromMs, toMs: fromMs + length }));
    const dates = fc.array(fc.array(criterion, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(dates, time, (groups, atMs) => {
        if (!groups.every((group) => group.some((one) => meets(one, atMs)))) return;
        const { fromMs, beforeMs } = boundsOf(groups);
        expect(atMs).toBeGreaterThanOrEqual(fromMs);
        expect(atMs).toBeLessThan(beforeMs);
      }),
      { numRuns: 5_000 },
    );
  });

  test('of any words is taken or refused, and never thrown', () => {
    const names = [
      'patient',
      'subject',
      'code',
      'category',
      'status',
      'date',
      '_count',
      '_sort',
      '_page',
      'x',
    ];
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^(eq|ge|lt|ap|sa)?\d{0,5}(-\d\d){0,2}(T[\d:.]{0,9}Z?)?$/),
      fc.constantFrom('http://loinc.org|', '|', '||', ',', '8867-4,|x', 'WzEsImEiLDBd', 'W10', '1e3', '-0'),
    );
    const query = fc.array(fc.tuple(fc.constantFrom(...names), words), { maxLength: 6 });
    fc.assert(
      fc.property(query, (pairs) => {
        const read = readSearch(new URLSearchParams([['patient', PATIENT], ...pairs]), NOW);
        if (!read.ok) expect(read.failure.status).toBe(400);
      }),
      { numRuns: 500 },
    );
  });
});
