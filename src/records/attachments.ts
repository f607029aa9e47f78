import { createHash } from 'node:crypto';
import { documentTypeOf, fileNameOf } from '../lib/document-type.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { sql } from '../store/db.ts';
import { notFound } from './entitled.ts';
import type { AnyView, RecordParts, Records, Viewer } from './types.ts';

export const ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024;
/** Of one message. */
export const ATTACHMENTS_MAX = 10;

const COUNT = sql(
  'attachments_count',
  'select count(1)::integer as attached from care.message_attachments where message_id = $1',
);
/** Held until the transaction ends: nothing is attached to what is being read. */
const UNREAD = sql(
  'attachments_unread',
  'select id from care.messages where id = $1 and read_at is null and removed_at is null for update',
);
const ADD = sql(
  'attachments_add',
  `insert into care.message_attachments
     (id, message_id, patient_id, file_name, media_type, size_bytes, sha256, storage_key)
   values ($1::uuid, $2, $3, $4, $5, $6, $7, $1::text)
   returning id, message_id, file_name, media_type, size_bytes, sha256, created_at`,
);
const LIST = sql(
  'attachments_list',
  `select id, message_id, file_name, media_type, size_bytes, sha256, created_at
     from care.message_attachments where message_id = $1 order by id`,
);

/** Where bytes are kept. Rejects with code `store_unavailable` when they can't be. */
export interface AttachedBytes {
  put(key: string, content: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | null>;
}

export interface AttachmentView {
  readonly id: string;
  readonly messageId: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly attachedAtMs: number;
}

/** What is sent along with messages: found by the two that a message is between, attached by whoever wrote it, until it is read. */
export interface Attachments {
  /** What it is goes by its content: PDF, PNG or JPEG. */
  add(
    by: Viewer,
    messageId: string,
    file: { readonly fileName: string; readonly content: Uint8Array },
  ): Promise<Result<AttachmentView, 'not_found' | 'forbidden' | 'bad_request' | 'too_large' | 'busy'>>;
  list(by: Viewer, messageId: string): Promise<Result<readonly AttachmentView[], 'not_found'>>;
  /** Content that is not what was stored is refused. */
  read(
    by: Viewer,
    messageId: string,
    id: string,
  ): Promise<Result<AttachmentView & { readonly content: Uint8Array }, 'not_found' | 'internal'>>;
}

interface Row {
  readonly id: string;
  readonly message_id: string;
  readonly file_name: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly sha256: Buffer;
  readonly created_at: number;
}

const viewOf = (row: Row): AttachmentView => ({
  id: row.id,
  messageId: row.message_id,
  fileName: row.file_name,
  mediaType: row.media_type,
  sizeBytes: row.size_bytes,
  sha256: row.sha256.toString('hex'),
  attachedAtMs: row.created_at,
});

export function openAttachments(
  parts: Pick<RecordParts, 'db' | 'newId' | 'people' | 'trail'> & {
    readonly records: Pick<Records, 'read'>;
    readonly bytes: AttachedBytes;
  },
): Attachments {
  const { bytes, db, newId, people, records, trail } = parts;

  const message = async (by: Viewer, id: string): Promise<AnyView | null> => {
    const read = await records.read(by, 'messages', id);
    return read.ok ? read.value : null;
  };
  const rowsOf = (messageId: string) => db.query<Row>(LIST, [messageId]);
  const wasRead = refused('bad_request', 'message (read): what was read gets no more attachments');
  const tooMany = refused('bad_request', `attachments (max): at most ${ATTACHMENTS_MAX}`);

  /** The row and the entry of the audit log in one transaction, while the message is unread still. */
  const keep = (by: Viewer, to: AnyView, row: readonly unknown[]) =>
    db.transaction(async (tx) => {
      const [unread] = await tx.query(UNREAD, [to.id]);
      if (!unread) return wasRead;
      const [count] = await tx.query<{ attached: number }>(COUNT, [to.id]);
      if ((count?.attached ?? 0) >= ATTACHMENTS_MAX) return tooMany;
      const [added] = await tx.query<Row>(ADD, row);
      const about = await people.standing(by.userId, String(to.patientId));
      const entry = {
        actorId: by.userId,
        grants: by.grants,
        action: 'create',
        resourceKind: 'message-attachments',
        resourceId: String(row[0]),
        subjectUserId: about?.person.userId ?? null,
        purpose: 'care' as const,
      };
      await trail.recordIn(tx, [{ ...entry, outcome: 'allowed' }]);
      return added ? ok(viewOf(added)) : notFound;
    });

  return {
    async add(by, messageId, { fileName, content }) {
      const to = await message(by, messageId);
      if (!to) return notFound;
      if (to.senderId !== by.userId) return refused('forbidden', 'only whoever wrote it attaches to it');
      if (content.byteLength > ATTACHMENT_BYTES_MAX) return refused('too_large');
      const mediaType = documentTypeOf(content);
      if (!mediaType) return refused('bad_request', 'content: a PDF, PNG or JPEG is expected');
      if (!trail.hasRoom) return refused('busy');
      // Before the bytes are kept: nothing would ever name them.
      if (to.isRead) return wasRead;
      if ((await rowsOf(to.id)).length >= ATTACHMENTS_MAX) return tooMany;
      const id = newId();
      const sha256 = createHash('sha256').update(content).digest();
      // First the bytes: a row never names a file that is not there.
      await bytes.put(id, content);
      const name = fileNameOf(fileName, mediaType);
      return keep(by, to, [id, to.id, to.patientId, name, mediaType, content.byteLength, sha256]);
    },

    async list(by, messageId) {
      const of = await message(by, messageId);
      return of ? ok((await rowsOf(of.id)).map(viewOf)) : notFound;
    },

    async read(by, messageId, id) {
      const of = isUuid(id) ? await message(by, messageId) : null;
      const row = of && (await rowsOf(of.id)).find((each) => each.id === id);
      if (!row) return notFound;
      const content = await bytes.get(row.id);
      const digest = content && createHash('sha256').update(content).digest();
      return content && digest?.equals(row.sha256) ? ok({ ...viewOf(row), content }) : refused('internal');
    },
  };
}
