import { z } from 'zod';
import { atMs, text, uuid } from '../fields.ts';

const rating = z.number().int().min(1).max(5);

export const feedback = z.strictObject({
  volunteerId: uuid,
  rating,
  comment: text(1_000).optional(),
});

export const given = z.object({ rating: z.number().int(), comment: z.string().nullable(), atMs });

export const helpers = z.object({
  helpers: z.array(z.object({ volunteerId: uuid, feedback: given.nullable() })),
});

export const ratings = z.object({
  ratings: z.array(given.extend({ id: uuid, sosId: uuid, isDrill: z.boolean() })),
});

export const refusals = z.object({
  rejections: z.array(z.object({ volunteerId: uuid, atMs })),
  cancellations: z.array(z.object({ volunteerId: uuid, reason: z.string().nullable(), atMs })),
});
