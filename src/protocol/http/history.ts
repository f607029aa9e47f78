import { z } from 'zod';
import { atMs, point, uuid } from '../fields.ts';
import { vitalName } from '../tail.ts';

const DAY_MS = 86_400_000;

/** Milliseconds since 1970, or a date and time with its offset (RFC 3339). */
const instant = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
    const isTime = /^\d+$/.test(text) || z.iso.datetime({ offset: true }).safeParse(text).success;
    if (isTime && Number.isFinite(ms) && ms >= 0 && ms <= 8.64e15) return ms;
    context.addIssue({
      code: 'custom',
      message: 'milliseconds since 1970, or a date and time with its offset',
    });
    return z.NEVER;
  });

/** `from` and `to`; what is absent is the day before now. `to` itself is not in it. */
const range = (longestDays: number) => {
  const shape = { from: instant.optional(), to: instant.optional() };
  const resolved = (nowMs: number, { from, to }: { from?: number | undefined; to?: number | undefined }) => {
    const toMs = to ?? nowMs;
    return { fromMs: from ?? toMs - DAY_MS, toMs };
  };
  return { shape, resolved, longestMs: longestDays * DAY_MS };
};

/** As long as anything is likely to be kept of somebody. */
export const SERIES_RANGE = range(3_700);
/** As long as positions are kept, and a day. */
export const TRACK_RANGE = range(31);

const VITALS_PER_QUERY = 9;
const POINTS = { fewest: 4, most: 5_000, usual: 500 } as const;

export const seriesAsked = z.object({
  ...SERIES_RANGE.shape,
  /** One or several, with commas between them. */
  vital: z
    .string()
    .max(400)
    .transform((names) => [...new Set(names.split(','))])
    .pipe(z.array(vitalName).min(1).max(VITALS_PER_QUERY)),
  points: z.coerce.number().int().min(POINTS.fewest).max(POINTS.most).default(POINTS.usual),
  doubted: z.stringbool().default(false),
});
export const trackAsked = z.object({
  ...TRACK_RANGE.shape,
  points: z.coerce.number().int().min(2).max(POINTS.most).default(POINTS.usual),
});
export const tripsAsked = z.object(TRACK_RANGE.shape);
export const historyFileAsked = z.object(SERIES_RANGE.shape);

/** `[atMs, value]`, and a third, `doubted`, of one that is kept and not believed. */
export const seriesPoint = z.union([
  z.tuple([atMs, z.number()]),
  z.tuple([atMs, z.number(), z.literal('doubted')]),
]);

export const seriesView = z.object({
  personId: uuid,
  fromMs: atMs,
  toMs: atMs,
  series: z.array(
    z.object({
      vital: vitalName,
      unit: z.string(),
      grain: z.enum(['sample', 'hour', 'day']),
      samples: z.number().int(),
      doubted: z.number().int(),
      points: z.array(seriesPoint),
    }),
  ),
});

export const trackView = z.object({
  personId: uuid,
  fromMs: atMs,
  toMs: atMs,
  points: z.array(point.extend({ atMs, accuracyM: z.number().nullable() })),
});

const span = { startAtMs: atMs, endAtMs: atMs };
export const tripsView = z.object({
  personId: uuid,
  fromMs: atMs,
  toMs: atMs,
  parts: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('trip'),
        ...span,
        from: point,
        to: point,
        distanceM: z.number(),
        endedBy: z.enum(['stop', 'gap', 'end']),
      }),
      z.object({ kind: z.literal('stop'), ...span, center: point, fixes: z.number().int() }),
    ]),
  ),
});
