import { createHash } from 'node:crypto';
import { documentTypeOf, fileNameOf } from '../lib/document-type.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { PeopleContext } from './people-context.ts';
import {
  ADD_PROFESSIONAL_DOCUMENT,
  ADD_VOLUNTEER_DOCUMENT,
  DOCUMENT,
  DOCUMENTS_OF,
  type DocumentRow,
  IS_PROFESSIONAL,
  IS_VOLUNTEER,
} from './sql/documents.ts';
import { LOCK_USER } from './sql/users.ts';
import { allowed } from './standing.ts';
import type { Principal } from './types.ts';

export const DOCUMENT_TYPES = {
  volunteer: ['ID_PROOF', 'CERTIFICATION', 'BACKGROUND_CHECK', 'OTHER'],
  professional: ['MEDICAL_LICENSE', 'DEGREE', 'HOSPITAL_ID', 'OTHER'],
} as const;

export const DOCUMENT_BYTES_MAX = 10 * 1024 * 1024;
export const DOCUMENTS_MAX = 50;

export type DocumentRole = keyof typeof DOCUMENT_TYPES;

export interface NewDocument {
  readonly role: DocumentRole;
  readonly documentType: string;
  readonly fileName: string;
  readonly content: Uint8Array;
}

export interface DocumentView {
  readonly id: string;
  readonly role: DocumentRole;
  readonly documentType: string;
  readonly mediaType: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly uploadedAtMs: number;
}

export interface Documents {
  /** For volunteers and professionals, about themselves. What it is goes by its content: PDF, PNG or JPEG. */
  addDocument(
    by: Principal,
    document: NewDocument,
  ): Promise<Result<DocumentView, 'forbidden' | 'bad_request' | 'too_large'>>;
  /** The owner's own, or anybody's for an administrator. */
  documentsOf(
    by: Principal,
    userId: string,
  ): Promise<Result<readonly DocumentView[], 'forbidden' | 'not_found'>>;
  /** For the owner and administrators; to others it does not exist. Content that is not what was stored is refused. */
  readDocument(
    by: Principal,
    ownerId: string,
    id: string,
  ): Promise<Result<DocumentView & { content: Uint8Array }, 'not_found' | 'internal'>>;
}

export function openDocuments(context: PeopleContext): Documents {
  const { db, documents, newId, log } = context;

  const sees = async (by: Principal, ownerId: string) =>
    by.userId === ownerId || (await allowed(context, by, 'read', 'documents'));

  return {
    async addDocument(by, { role, documentType, fileName, content }) {
      if (content.byteLength > DOCUMENT_BYTES_MAX) return refused('too_large');
      const mediaType = documentTypeOf(content);
      if (!mediaType) return refused('bad_request', 'content: a PDF, PNG or JPEG is expected');
      if (!DOCUMENT_TYPES[role].some((known) => known === documentType)) {
        return refused('bad_request', 'type: not a kind of document of this role');
      }
      const [entered] = await db.query(role === 'volunteer' ? IS_VOLUNTEER : IS_PROFESSIONAL, [by.userId]);
      if (!entered) return refused('forbidden');
      const tooMany = refused('bad_request', `documents: at most ${DOCUMENTS_MAX}`);
      // Before the bytes are kept: nothing would ever name them.
      const before = await db.query<DocumentRow>(DOCUMENTS_OF, [by.userId]);
      if (before.length >= DOCUMENTS_MAX) return tooMany;
      const id = newId();
      const digest = createHash('sha256').update(content).digest();
      // First the bytes: a row never names a document that is not there.
      await documents.put(id, content);
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        const theirs = await tx.query<DocumentRow>(DOCUMENTS_OF, [by.userId]);
        if (theirs.length >= DOCUMENTS_MAX) return tooMany;
        const statement = role === 'volunteer' ? ADD_VOLUNTEER_DOCUMENT : ADD_PROFESSIONAL_DOCUMENT;
        const about = [mediaType, fileNameOf(fileName, mediaType), content.byteLength, digest];
        await tx.query(statement, [id, by.userId, documentType, id, ...about]);
        const [row] = await tx.query<DocumentRow>(DOCUMENT, [id]);
        return row ? ok(viewOf(row)) : refused('forbidden');
      });
    },

    async documentsOf(by, userId) {
      if (!isUuid(userId)) return refused('not_found');
      if (!(await sees(by, userId))) return refused('forbidden');
      return ok((await db.query<DocumentRow>(DOCUMENTS_OF, [userId])).map(viewOf));
    },

    async readDocument(by, ownerId, id) {
      const [row] = isUuid(id) ? await db.query<DocumentRow>(DOCUMENT, [id]) : [];
      if (row?.owner_id !== ownerId || !(await sees(by, ownerId))) return refused('not_found');
      const content = await documents.get(row.storage_key);
      const digest = content && createHash('sha256').update(content).digest();
      if (!content || !digest?.equals(row.sha256)) {
        log.error({ documentId: id }, 'a document is gone or is not what was stored');
        return refused('internal');
      }
      return ok({ ...viewOf(row), content });
    },
  };
}

const viewOf = (row: DocumentRow): DocumentView => ({
  id: row.id,
  role: row.role,
  documentType: row.document_type,
  mediaType: row.media_type,
  fileName: row.file_name,
  sizeBytes: row.size_bytes,
  sha256: row.sha256.toString('hex'),
  uploadedAtMs: row.uploaded_at,
});
