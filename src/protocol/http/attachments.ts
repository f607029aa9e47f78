import { z } from 'zod';
import { atMs, uuid } from '../fields.ts';

/** How whoever attaches a file calls it. */
export const attachmentAbout = z.strictObject({ name: z.string().max(255).default('') });

export const attachmentView = z.object({
  id: uuid,
  messageId: uuid,
  fileName: z.string(),
  mediaType: z.string(),
  sizeBytes: z.number().int(),
  sha256: z.string(),
  attachedAtMs: atMs,
});

export const attachmentList = z.object({ attachments: z.array(attachmentView) });
