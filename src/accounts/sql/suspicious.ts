import { sql } from '../../store/db.ts';
import type { ActivityType } from '../sessions-types.ts';

/** $1: id, $2: user, $3: type, $4: details, $5: address. */
export const INSERT_ACTIVITY = sql(
  'accounts_insert_suspicious_activity',
  `insert into accounts.suspicious_activities (id, user_id, activity_type, details, ip_address)
   values ($1, $2, $3, $4, $5::inet)`,
);

/** The same, unless this person has one of this type from less than $6 seconds ago. Answers with the id when it was kept. */
export const INSERT_RARE_ACTIVITY = sql(
  'accounts_insert_rare_suspicious_activity',
  `insert into accounts.suspicious_activities (id, user_id, activity_type, details, ip_address)
   select $1::uuid, $2::uuid, $3::text, $4::jsonb, $5::inet
    where not exists (select 1 from accounts.suspicious_activities
                       where user_id = $2 and activity_type = $3 and created_at > now() - make_interval(secs => $6))
   returning id`,
);

export interface ActivityRow {
  readonly id: string;
  readonly user_id: string | null;
  readonly activity_type: ActivityType;
  readonly details: Record<string, unknown>;
  readonly ip_address: string | null;
  readonly created_at: number;
  readonly user_name: string | null;
  readonly user_status: string | null;
}

/** Newest first, below the id $1; ids are UUIDv7 and so in order of time. */
export const ACTIVITIES = sql(
  'accounts_suspicious_activities',
  `select a.id, a.user_id, a.activity_type, a.details, host(a.ip_address) as ip_address, a.created_at,
          p.name as user_name, p.status as user_status
     from accounts.suspicious_activities a
     left join accounts.people p on p.id = a.user_id
    where ($1::uuid is null or a.id < $1)
      and ($2::text is null or a.activity_type = $2)
    order by a.id desc
    limit $3`,
);
