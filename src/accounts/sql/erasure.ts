import { sql } from '../../store/db.ts';

export const EMAIL_OF = sql('accounts_email_of', 'select email from accounts.users where id = $1');

export const DOCUMENTS_TO_REMOVE = sql(
  'accounts_documents_to_remove',
  'select storage_key from accounts.documents_to_remove order by since, storage_key limit $1',
);

export const DOCUMENT_REMOVED = sql(
  'accounts_document_removed',
  'delete from accounts.documents_to_remove where storage_key = $1',
);

/** $1: seconds. Who was erased so lately that something of theirs can still have come in after it. */
export const ERASED_LATELY = sql(
  'accounts_erased_lately',
  `select id from accounts.users where erased_at > now() - $1 * interval '1 second' order by erased_at limit $2`,
);
