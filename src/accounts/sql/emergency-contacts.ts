import { sql } from '../../store/db.ts';

export const EMERGENCY_CONTACTS = sql(
  'accounts_emergency_contacts',
  `select name, phone, relationship from accounts.emergency_contacts where user_id = $1 order by position`,
);

export const DROP_EMERGENCY_CONTACTS = sql(
  'accounts_drop_emergency_contacts',
  'delete from accounts.emergency_contacts where user_id = $1',
);

export const ADD_EMERGENCY_CONTACTS = sql(
  'accounts_add_emergency_contacts',
  `insert into accounts.emergency_contacts (user_id, position, name, phone, relationship)
   select $1, c.position, c.name, c.phone, c.relationship
     from unnest($2::text[], $3::text[], $4::text[]) with ordinality as c (name, phone, relationship, position)`,
);
