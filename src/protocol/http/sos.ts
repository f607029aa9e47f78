import { z } from 'zod';
import { atMs, emergencyType, point, priority, skill, sosStatus, uuid } from '../fields.ts';
import { day, timezone } from './fields.ts';

const limit = z.coerce.number().int().min(1).max(200).default(50);
const queryMs = z.coerce.number().int().min(0).max(8.64e15);

/** Goes on where the page before ended, by its `next`. */
const page = z.object({ cursor: z.string().min(1).max(200).optional(), limit });

/** Which of those that are over; all that is given has to fit. */
const closedOnly = {
  /** When it was raised, in milliseconds since 1970; `to` is not in it. */
  from: queryMs.optional(),
  to: queryMs.optional(),
  type: emergencyType.optional(),
  /** How its id or the number of its caller ends. */
  number: z
    .string()
    .regex(/^\+?[\da-fA-F -]{4,40}$/)
    .optional(),
};
export const sosListAsked = page
  .extend({ state: z.enum(['open', 'closed']).default('open'), ...closedOnly })
  .refine(
    ({ state, from, to, type, number }) =>
      state === 'closed' || [from, to, type, number].every((one) => one === undefined),
    { path: ['state'], error: 'from, to, type and number are for state=closed' },
  );
/** Of whom a dispatcher wants to know what they are called. */
export const namesAsked = z.strictObject({ ids: z.array(uuid).min(1).max(200) });
export const historyAsked = page.extend({ as: z.enum(['requester', 'responder']).default('requester') });
export const sosAsked = z.object({
  /** Milliseconds since 1970: how it stood then; absent: now. */
  at: queryMs.optional(),
});
export const timelineAsked = z.object({
  /** The last number of the page before. */
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export const exportAsked = z.object({ fromMs: queryMs.optional(), toMs: queryMs.optional() });
export const figuresAsked = z.object({ after: uuid.optional(), limit });

const DAY_MS = 86_400_000;
const DAYS_MAX = 366;
export const phasesAsked = z
  .object({
    from: day,
    to: day,
    timezone: timezone.default('UTC'),
    format: z.enum(['json', 'csv']).default('json'),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'before from' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) < DAYS_MAX * DAY_MS, {
    path: ['to'],
    error: `at most ${DAYS_MAX} days`,
  });

export const nearestAsked = z.strictObject({
  point,
  radiusM: z.number().min(1).max(100_000).default(5_000),
  /** One of these is enough; none: anybody. */
  skills: z.array(skill).max(skill.options.length).default([]),
  limit: z.number().int().min(1).max(100).default(10),
});

const words = z.string().nullable();
const timeOrNull = atMs.nullable();
const next = words.describe('the cursor of the next page; null: this is the last');

const inAnyList = {
  sosId: uuid,
  status: sosStatus,
  emergencyType,
  priority,
  isDrill: z.boolean().describe('practice, and to be shown as such'),
  createdAtMs: atMs,
  closedAtMs: timeOrNull,
};

const listed = z.object({
  ...inAnyList,
  origin: z.string(),
  point,
  addressText: words,
  acceptedBy: uuid.nullable(),
  acceptedAtMs: timeOrNull,
  startedAtMs: timeOrNull,
  escalationLevel: z.number().int(),
  holdUntilMs: timeOrNull,
  mergedInto: uuid.nullable(),
});

export const listedSos = listed.extend({
  requesterId: uuid.nullable(),
  requesterName: words,
  requesterPhone: words,
  callbackNumber: words,
  ownerId: uuid.nullable(),
  primaryName: words,
  /** Since it was raised, or until it was closed. */
  elapsedMs: z.number(),
});
export const sosList = z.object({ sos: z.array(listedSos), next });

/** How somebody held a place. */
const place = {
  role: z.enum(['PRIMARY', 'SUPPORT']),
  heldAtMs: atMs,
  primaryAtMs: timeOrNull,
  departedAtMs: timeOrNull,
  arrivedAtMs: timeOrNull,
  endedAtMs: timeOrNull,
  endedBy: z.enum(['withdrawn', 'released', 'resolved', 'cancelled']).nullable(),
};

export const raisedSos = listed.extend({
  durationMs: z.number().nullable(),
  /** Everybody who held a place, supporters too, in order of time. */
  helpers: z.array(
    z.object({ userId: uuid, name: words, rating: z.number().nullable(), comment: words, ...place }),
  ),
});
export const raisedList = z.object({ sos: z.array(raisedSos), next });

/** Whoever comes to help at this moment, and where they were last. */
export const helper = z.object({
  sosId: uuid,
  userId: uuid,
  name: words,
  at: z.object({ lat: z.number(), lng: z.number(), atMs }).nullable(),
});
export const helpers = z.object({ helpers: z.array(helper) });

/** The place is coarse, an H3 cell: whoever was released may not know the exact one any more. */
export const heldSos = z.object({ ...inAnyList, cell: z.string(), ...place });
export const heldList = z.object({ sos: z.array(heldSos), next });

/** Drills are not counted. Durations are means. */
export const volunteerFigures = z.object({
  userId: uuid,
  averageRating: z.number(),
  cancellationCount: z.number(),
  offers: z.number(),
  seen: z.number(),
  accepted: z.number(),
  held: z.number(),
  asPrimary: z.number(),
  asSupport: z.number(),
  resolved: z.number(),
  withdrawn: z.number(),
  answerMs: z.number().nullable(),
  arrivalMs: z.number().nullable(),
});
export const volunteerReport = z.object({
  volunteers: z.array(volunteerFigures.extend({ name: words })),
  /** The `after` of the next page; null: this is the last. */
  next: uuid.nullable(),
});

export const phaseRow = z.object({
  emergencyType: emergencyType.nullable().describe('null: all of them'),
  priority: priority.nullable().describe('null: all of them'),
  phase: z.string(),
  raised: z.number(),
  reached: z.number(),
  p50Ms: z.number().nullable(),
  p90Ms: z.number().nullable(),
  stepP50Ms: z.number().nullable(),
  stepP90Ms: z.number().nullable(),
});
export const phaseReport = z.object({
  from: day,
  to: day,
  timezone: z.string(),
  phases: z.array(phaseRow),
});

export const timelinePage = z.object({
  events: z.array(
    z.object({ seq: z.number(), atMs, actorId: uuid.nullable(), type: z.string(), data: z.unknown() }),
  ),
  next: z.number().nullable(),
});

export const nearestList = z.object({
  responders: z.array(
    z.object({
      userId: uuid,
      name: words,
      phone: words,
      skills: z.array(z.string()),
      averageRating: z.number(),
      distanceM: z.number(),
    }),
  ),
});

/** In no order; whoever is not known is not in it. */
export const namesList = z.object({
  people: z.array(z.object({ userId: uuid, name: words, phone: words, skills: z.array(z.string()) })),
});

/** Somebody saw the place of an SOS; once per minute. */
export const sosDisclosure = z.object({
  id: uuid,
  atMs,
  viewerId: uuid,
  viewerName: words,
  /** As what: a dispatcher, somebody who held a place, or whose own SOS was merged into this one. */
  as: z.enum(['dispatcher', 'holder', 'requester']),
  /** Of a holder, the highest they held. */
  role: z.enum(['PRIMARY', 'SUPPORT']).nullable(),
});
export const sosDisclosures = z.object({ disclosures: z.array(sosDisclosure) });
