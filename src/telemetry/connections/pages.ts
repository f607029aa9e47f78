import type { Resource } from './mapping.ts';
import { at } from './pointer.ts';
import type { OffsetAt } from './times.ts';

const DAY_MS = 86_400_000;
/** A provider whose pages never end is not followed for ever. */
const PAGES_MAX = 10_000;

/** One request of a list: what span of time it is about, and which part of the list. */
export interface Page {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Where to go on, as text. */
  readonly place: string;
  readonly limit: number | null;
  readonly kind: Resource['pages']['kind'];
}

interface Pages {
  /** The page of a place; null: the first. */
  at(place: string | null): Page | null;
  /** The page after this one, or null at the end. */
  after(page: Page, answer: unknown, records: number): Page | null;
}

/** How one goes through a list that was begun at `beganMs` and goes back to `sinceMs`. */
export function pagesOf(rule: Resource['pages'], span: { beganMs: number; sinceMs: number }): Pages {
  const { beganMs: untilMs, sinceMs } = span;
  const of = (place: string, limit: number | null): Page => ({
    sinceMs,
    untilMs,
    place,
    limit,
    kind: rule.kind,
  });
  if (rule.kind === 'none') return { at: () => of('', null), after: () => null };
  if (rule.kind === 'days') return daysOf(rule.days * DAY_MS, span);
  if (rule.kind === 'cursor') {
    const next = (answer: unknown) => {
      const cursor = at(answer, rule.next);
      return typeof cursor === 'string' || typeof cursor === 'number' ? String(cursor).slice(0, 2_000) : '';
    };
    return {
      at: (place) => of(place ?? '', rule.size),
      after: (page, answer) => {
        const cursor = next(answer);
        // The same one again would never end.
        return cursor === '' || cursor === page.place ? null : of(cursor, rule.size);
      },
    };
  }
  const step = rule.kind === 'page' ? 1 : rule.size;
  const first = rule.kind === 'page' ? rule.first : 0;
  return {
    at: (place) => of(place ?? String(first), rule.size),
    // Some pages are short because something on them is not for us: only an empty one is the last.
    after: (page, _answer, records) => {
      const next = Number(page.place) + step;
      return records === 0 || !(next < PAGES_MAX * step) ? null : of(String(next), rule.size);
    },
  };
}

function daysOf(spanMs: number, { beganMs, sinceMs }: { beganMs: number; sinceMs: number }): Pages {
  const of = (fromMs: number): Page => ({
    sinceMs: fromMs,
    untilMs: Math.min(fromMs + spanMs - DAY_MS, beganMs),
    place: String(fromMs),
    limit: null,
    kind: 'days',
  });
  return {
    at: (place) => of(place === null ? sinceMs : Math.max(sinceMs, Number(place) || sinceMs)),
    // Both ends are days that are asked for, so the next span begins on the day after; the last one holds today.
    after: ({ untilMs }) => (untilMs >= beganMs ? null : of(Math.min(untilMs + DAY_MS, beganMs))),
  };
}

/** What is filled in for a page. Days are those of the person. */
export function placesOf(page: Page, personAt: OffsetAt): Record<string, string> {
  const { sinceMs, untilMs, place, limit, kind } = page;
  const dateOf = (atMs: number) => {
    const offset = personAt(atMs) ?? 0;
    return new Date(atMs + offset * 60_000).toISOString().slice(0, 10);
  };
  return {
    sinceMs: String(sinceMs),
    sinceS: String(Math.floor(sinceMs / 1_000)),
    sinceIso: new Date(sinceMs).toISOString(),
    sinceDate: dateOf(sinceMs),
    untilMs: String(untilMs),
    untilS: String(Math.ceil(untilMs / 1_000)),
    untilIso: new Date(untilMs).toISOString(),
    untilDate: dateOf(untilMs),
    ...(limit === null ? {} : { limit: String(limit) }),
    ...(kind === 'page' || kind === 'offset' || kind === 'cursor' ? { [kind]: place } : {}),
  };
}
