import { sql } from '../../store/db.ts';

/** A document as the database has it; `role` says in which table. */
export interface DocumentRow {
  readonly id: string;
  readonly role: 'volunteer' | 'professional';
  readonly owner_id: string;
  readonly document_type: string;
  readonly storage_key: string;
  readonly media_type: string;
  readonly file_name: string;
  readonly size_bytes: number;
  readonly sha256: Buffer;
  readonly uploaded_at: number;
}

/** All of one person, newest first. */
export const DOCUMENTS_OF = sql(
  'accounts_documents_of',
  `select id, 'volunteer' as role, volunteer_id as owner_id, document_type, storage_key, media_type, file_name,
          size_bytes, sha256, uploaded_at
     from accounts.volunteer_documents where volunteer_id = $1
   union all
   select id, 'professional', professional_id, document_type, storage_key, media_type, file_name,
          size_bytes, sha256, uploaded_at
     from accounts.professional_documents where professional_id = $1
   order by uploaded_at desc, id desc`,
);

export const DOCUMENT = sql(
  'accounts_document',
  `select id, 'volunteer' as role, volunteer_id as owner_id, document_type, storage_key, media_type, file_name,
          size_bytes, sha256, uploaded_at
     from accounts.volunteer_documents where id = $1
   union all
   select id, 'professional', professional_id, document_type, storage_key, media_type, file_name,
          size_bytes, sha256, uploaded_at
     from accounts.professional_documents where id = $1`,
);

export const OWN_DOCUMENT = sql(
  'accounts_own_document',
  `select id from accounts.volunteer_documents where id = $1 and volunteer_id = $2
   union all
   select id from accounts.professional_documents where id = $1 and professional_id = $2`,
);

export const ADD_VOLUNTEER_DOCUMENT = sql(
  'accounts_add_volunteer_document',
  `insert into accounts.volunteer_documents
     (id, volunteer_id, document_type, storage_key, media_type, file_name, size_bytes, sha256)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

export const ADD_PROFESSIONAL_DOCUMENT = sql(
  'accounts_add_professional_document',
  `insert into accounts.professional_documents
     (id, professional_id, document_type, storage_key, media_type, file_name, size_bytes, sha256)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

export const IS_VOLUNTEER = sql(
  'accounts_is_volunteer',
  'select user_id from accounts.volunteers where user_id = $1',
);

export const IS_PROFESSIONAL = sql(
  'accounts_is_professional',
  'select user_id from accounts.professionals where user_id = $1',
);
