import { sql } from '../../store/db.ts';

export const DROP_UNUSED_LINKS = sql(
  'accounts_drop_unused_setup_links',
  'delete from accounts.setup_links where used_at is null',
);

export const INSERT_LINK = sql(
  'accounts_insert_setup_link',
  'insert into accounts.setup_links (token_hash) values ($1)',
);

export const LINK_EXISTS = sql(
  'accounts_setup_link_exists',
  'select exists(select from accounts.setup_links where token_hash = $1 and used_at is null) as "exists"',
);

export const USE_LINK = sql(
  'accounts_use_setup_link',
  'update accounts.setup_links set used_at = now() where token_hash = $1 and used_at is null returning used_at',
);
