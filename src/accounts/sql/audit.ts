import { sql } from '../../store/db.ts';
import type { HashedEntry } from '../audit-entry.ts';

export interface AuditRow {
  readonly id: string;
  readonly chain: string;
  readonly chain_seq: number;
  readonly at: number;
  readonly actor_id: string | null;
  readonly grants: string[];
  readonly action: string;
  readonly resource_kind: string;
  readonly resource_id: string | null;
  readonly subject_user_id: string | null;
  readonly subject_user_ids: string[] | null;
  readonly resource_ids: string[] | null;
  readonly purpose: string | null;
  readonly outcome: 'allowed' | 'refused' | 'failed';
  readonly reason: string | null;
  readonly address: string | null;
  readonly prev_hash: Buffer;
  readonly hash: Buffer;
}

/** Sent again after an unknown outcome: what is there already stays. `grants` come as JSON, one array per row. */
export const APPEND_AUDIT = sql(
  'accounts_append_audit',
  `insert into accounts.audit_log (id, chain, chain_seq, at, actor_id, grants, action, resource_kind, resource_id,
          subject_user_id, subject_user_ids, resource_ids, purpose, outcome, reason, address, prev_hash, hash)
   select r.id, $1, r.chain_seq, to_timestamp(r.at_ms / 1000.0), r.actor_id,
          array(select jsonb_array_elements_text(r.grants)), r.action, r.resource_kind, r.resource_id,
          r.subject_user_id, r.subject_user_ids, r.resource_ids, r.purpose, r.outcome, r.reason, r.address,
          decode(r.prev_hash, 'hex'), decode(r.hash, 'hex')
     from jsonb_to_recordset($2::jsonb) as r (id uuid, chain_seq bigint, at_ms numeric, actor_id uuid, grants jsonb,
          action text, resource_kind text, resource_id text, subject_user_id uuid, subject_user_ids uuid[],
          resource_ids text[], purpose text, outcome text, reason text, address text, prev_hash text, hash text)
    order by r.chain_seq
   on conflict (id) do nothing`,
);

/** $2: the head before; $3, $4: the head now. Nothing comes back when somebody else wrote on this chain. */
export const MOVE_HEAD = sql(
  'accounts_move_audit_head',
  `insert into accounts.audit_chains as c (chain, head, head_hash) values ($1, $3, $4)
   on conflict (chain) do update set head = excluded.head, head_hash = excluded.head_hash
    where c.head in ($2, $3)
   returning head`,
);

export const AUDIT_HEAD = sql(
  'accounts_audit_head',
  'select head from accounts.audit_chains where chain = $1',
);

export const NEWEST_AUDIT = sql(
  'accounts_newest_audit',
  'select id, hash from accounts.audit_log order by id desc limit 1',
);

export interface ChainRow {
  readonly chain: string;
  readonly head: number;
  readonly head_hash: Buffer;
  readonly low: number;
  /** What the first row goes on from, once rows before it were deleted, and the time of the newest of those. */
  readonly low_hash: Buffer | null;
  readonly forgotten_at: number | null;
  /** Older rows may be gone. */
  readonly kept_from: number;
}

/** $1: days for which rows are kept. Also chains of which only rows are left: a row of no known chain is as wrong as a missing one. */
export const AUDIT_CHAINS = sql(
  'accounts_audit_chains',
  `select coalesce(c.chain, r.chain) as chain, coalesce(c.head, 0) as head,
          coalesce(c.head_hash, '\\x') as head_hash, coalesce(c.low, 1) as low, c.low_hash, c.forgotten_at,
          now() - make_interval(days => $1) as kept_from
     from accounts.audit_chains c
     full join (select distinct chain from accounts.audit_log) r on r.chain = c.chain
    order by 1`,
);

/**
 * Lists come as JSON, which is read several times as fast as an array of the database. That does not say where they begin; one that
 * begins elsewhere than at 1, which would give to each person the SOS of another, comes as none.
 */
export const AUDIT_OF_CHAIN = sql(
  'accounts_audit_of_chain',
  `select id, chain, chain_seq, at, actor_id, grants, action, resource_kind, resource_id, subject_user_id,
          to_json(subject_user_ids) as subject_user_ids, to_json(case when array_lower(subject_user_ids, 1) = 1 and array_lower(resource_ids, 1) = 1 then resource_ids end)
            as resource_ids, purpose, outcome, reason, address, prev_hash, hash
     from accounts.audit_log
    where chain = $1 and (chain_seq, id) > ($2, $3)
    order by chain_seq, id
    limit $4`,
);

/** Whether there are rows behind the head of this chain. In one statement, so a row and its head are seen together. */
export const AUDIT_BEYOND_HEAD = sql(
  'accounts_audit_beyond_head',
  `select exists(select from accounts.audit_log r
                  where r.chain = $1
                    and r.chain_seq > (select coalesce(max(c.head), 0) from accounts.audit_chains c where c.chain = $1)) as beyond`,
);

export const AUDIT_HASH = sql('accounts_audit_hash', 'select id, hash from accounts.audit_log where id = $1');

/** A row as the entry that it keeps. */
export const entryOf = (row: AuditRow): HashedEntry => ({
  ...shownOf(row),
  subjectUserIds: row.subject_user_ids,
  resourceIds: row.resource_ids,
});

/** What a page shows of a row: of many people only how many. */
export const shownOf = (
  row: Omit<AuditRow, 'chain' | 'chain_seq' | 'subject_user_ids' | 'resource_ids' | 'prev_hash' | 'hash'>,
) => ({
  id: row.id,
  atMs: row.at,
  actorId: row.actor_id,
  grants: row.grants,
  action: row.action,
  resourceKind: row.resource_kind,
  resourceId: row.resource_id,
  subjectUserId: row.subject_user_id,
  purpose: row.purpose,
  outcome: row.outcome,
  reason: row.reason,
  address: row.address,
});

export interface NamedAuditRow
  extends Omit<AuditRow, 'chain' | 'chain_seq' | 'subject_user_ids' | 'resource_ids' | 'prev_hash' | 'hash'> {
  readonly actor_name: string | null;
  readonly subject_name: string | null;
  /** How many people it is about. */
  readonly subjects: number;
}

const PAGE_COLUMNS =
  'id, at, actor_id, grants, action, resource_kind, resource_id, subject_user_id, subject_user_ids, resource_ids, purpose, outcome, reason, address';

/** Each entry that was found, by its id: else the whole log may be gone through beside the ids. */
const ONE_BY_ONE = `(select ${PAGE_COLUMNS} from accounts.audit_log where id = found_id offset 0) entry`;

const SHOWN = `a.id, a.at, a.actor_id, a.grants, a.action, a.resource_kind, a.purpose, a.outcome, a.reason,
          a.address, actor.name as actor_name, subject.name as subject_name,
          coalesce(cardinality(a.subject_user_ids), (a.subject_user_id is not null)::integer) as subjects`;

/** What both pages below are asked for: $4 action, $5 kind, $6 outcome. */
const AS_ASKED = `($4::text is null or action = $4) and ($5::text is null or resource_kind = $5)
              and ($6::text is null or outcome = $6)`;
/** $1: whose acts, $2: before this id, $7 and $8: from and to these ids. */
const IN_PLACE = `($1::uuid is null or actor_id = $1) and ($2::uuid is null or id < $2)
              and ($7::uuid is null or id >= $7) and ($8::uuid is null or id < $8)`;

/**
 * Newest first. $1: whose acts, $2: before this id, $4: action, $5: kind, $6: outcome, $7 and $8: from and to these ids;
 * each may be null.
 */
export const AUDIT_PAGE = sql(
  'accounts_audit_page',
  `select a.subject_user_id, a.resource_id, ${SHOWN}
     from (select ${PAGE_COLUMNS}
             from accounts.audit_log
            where ${AS_ASKED} and ${IN_PLACE}
            order by id desc
            limit $3) a
     left join accounts.people actor on actor.id = a.actor_id
     left join accounts.people subject on subject.id = a.subject_user_id
    order by a.id desc`,
);

/** The same of what is about $9, alone or among others, who is shown as the one whom it is about, with what of them it was. */
export const AUDIT_PAGE_ABOUT = sql(
  'accounts_audit_page_about',
  `select $9::uuid as subject_user_id,
          coalesce(a.resource_id, a.resource_ids[array_position(a.subject_user_ids, $9)]) as resource_id, ${SHOWN}
     from ((select ${PAGE_COLUMNS}
              from accounts.audit_log
             where subject_user_id = $9
               and ${AS_ASKED} and ${IN_PLACE}
             order by id desc
             limit $3)
           union all
           (select ${PAGE_COLUMNS}
              from accounts.audit_among($9, $1, $7, least($2, $8), $3, false) as found (found_id)
             cross join lateral ${ONE_BY_ONE}
             where ${AS_ASKED})
           order by id desc
           limit $3) a
     left join accounts.people actor on actor.id = a.actor_id
     left join accounts.people subject on subject.id = $9
    order by a.id desc`,
);

export interface AuditPersonRow {
  /** Null in the only row of an entry that is about nobody. */
  readonly user_id: string | null;
  readonly name: string | null;
  readonly resource_id: string | null;
}

/** Everybody whom the entry $1 is about, by their names, and what of them it was; no row when there is no such entry. */
export const AUDIT_PEOPLE = sql(
  'accounts_audit_people',
  `select s.user_id, p.name, coalesce(s.resource_id, a.resource_id) as resource_id
     from accounts.audit_log a
     left join lateral unnest(coalesce(a.subject_user_ids, array[a.subject_user_id]), a.resource_ids)
                       s (user_id, resource_id) on true
     left join accounts.people p on p.id = s.user_id
    where a.id = $1
    order by p.name, s.user_id`,
);

export interface DisclosureRow {
  readonly id: string;
  readonly at: number;
  readonly actor_id: string;
  readonly name: string | null;
  readonly resource_kind: string;
  readonly purpose: string | null;
  readonly reason: string | null;
}

/** Who saw something of $1, alone or among others, newest first. */
export const DISCLOSURES = sql(
  'accounts_disclosures',
  `select a.id, a.at, a.actor_id, p.name, a.resource_kind, a.purpose, a.reason
     from ((select id, at, actor_id, resource_kind, purpose, reason
              from accounts.audit_log
             where subject_user_id = $1 and (action = 'read' or resource_kind = 'break_glass') and outcome = 'allowed'
               and actor_id <> $1 and ($2::uuid is null or id < $2)
             order by id desc
             limit $3)
           union all
           (select id, at, actor_id, resource_kind, purpose, reason
              from accounts.audit_among($1, null, null, $2, $3, false) as found (found_id)
             cross join lateral ${ONE_BY_ONE}
             where action = 'read' and outcome = 'allowed' and actor_id <> $1)
           order by id desc
           limit $3) a
     left join accounts.people p on p.id = a.actor_id
    order by a.id desc`,
);

/** Who saw the place of $1 in the SOS $2, alone or among others, newest first. $5: no row of it is older; keeps to the months in question. */
export const DISCLOSURES_OF_SOS = sql(
  'accounts_disclosures_of_sos',
  `select a.id, a.at, a.actor_id, p.name, a.resource_kind, a.purpose, a.reason
     from ((select id, at, actor_id, resource_kind, purpose, reason
              from accounts.audit_log
             where subject_user_id = $1 and resource_kind = 'position' and resource_id = $2 and action = 'read'
               and outcome = 'allowed' and actor_id <> $1 and ($3::uuid is null or id < $3) and id >= $5
             order by id desc
             limit $4)
           union all
           (select id, at, actor_id, resource_kind, purpose, reason
              from accounts.audit_among_in($1, $2, $5, $3, $4) as found (found_id)
             cross join lateral ${ONE_BY_ONE}
             where resource_kind = 'position' and action = 'read' and outcome = 'allowed' and actor_id <> $1)
           order by id desc
           limit $4) a
     left join accounts.people p on p.id = a.actor_id
    order by a.id desc`,
);

export const INSERT_ALARM = sql(
  'accounts_insert_alarm',
  `insert into accounts.suspicious_activities (id, user_id, activity_type, details) values ($1, $2, $3, $4::jsonb)`,
);
