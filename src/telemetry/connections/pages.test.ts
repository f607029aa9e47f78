import { describe, expect, test } from 'vitest';
import type { Resource } from './mapping.ts';
import { type Page, pagesOf, placesOf } from './pages.ts';
import { zoneOffset } from './times.ts';

const DAY_MS = 86_400_000;
const span = { sinceMs: Date.parse('2026-01-01T10:00:00Z'), beganMs: Date.parse('2026-03-05T09:00:00Z') };

/** Every page until the end, as long as each has as many records as are said. */
function walk(rule: Resource['pages'], records: readonly number[], answers: readonly unknown[] = []): Page[] {
  const pages = pagesOf(rule, span);
  const seen: Page[] = [];
  for (let page = pages.at(null); page; ) {
    seen.push(page);
    page = pages.after(page, answers[seen.length - 1], records[seen.length - 1] ?? 0);
  }
  return seen;
}

describe('pages', () => {
  test('by number end with an empty one, not with a short one', () => {
    const pages = walk({ kind: 'page', first: 1, size: 50 }, [50, 3, 50, 0]);
    expect(pages.map(({ place }) => place)).toEqual(['1', '2', '3', '4']);
    expect(placesOf(pages[1] as Page, () => 0)).toMatchObject({ page: '2', limit: '50' });
  });
  test('by offset likewise', () => {
    expect(walk({ kind: 'offset', size: 20 }, [20, 20, 0]).map(({ place }) => place)).toEqual([
      '0',
      '20',
      '40',
    ]);
  });
  test('by cursor end when there is none, or the same again', () => {
    const rule = { kind: 'cursor', next: '/next', size: 10 } as const;
    expect(walk(rule, [], [{ next: 'a' }, { next: 'b' }, {}]).map(({ place }) => place)).toEqual([
      '',
      'a',
      'b',
    ]);
    expect(walk(rule, [], [{ next: 'a' }, { next: 'a' }]).map(({ place }) => place)).toEqual(['', 'a']);
  });
  test('by days leave no day out, and today is in the last', () => {
    for (const days of [1, 7, 28]) {
      const pages = walk({ kind: 'days', days }, []).map((page) => placesOf(page, () => 0));
      const dates = pages.flatMap(({ sinceDate = '', untilDate = '' }) => {
        const all: string[] = [];
        for (let at = Date.parse(sinceDate); at <= Date.parse(untilDate); at += DAY_MS)
          all.push(new Date(at).toISOString().slice(0, 10));
        expect(all.length).toBeLessThanOrEqual(days);
        return all;
      });
      expect(dates[0]).toBe('2026-01-01');
      expect(dates.at(-1)).toBe('2026-03-05');
      expect(new Set(dates).size).toBe(64);
    }
  });
  test('go on where they were left', () => {
    const rule = { kind: 'days', days: 28 } as const;
    const [, second] = walk(rule, []);
    expect(pagesOf(rule, span).at(second?.place ?? '')).toEqual(second);
  });
  test('name days as the person counts them', () => {
    const page = { ...(walk({ kind: 'none' }, [])[0] as Page), sinceMs: Date.parse('2026-01-01T23:30:00Z') };
    expect(placesOf(page, zoneOffset('Asia/Tokyo'))).toMatchObject({ sinceDate: '2026-01-02' });
    expect(placesOf(page, zoneOffset('America/Lima'))).toMatchObject({ sinceDate: '2026-01-01' });
  });
});
