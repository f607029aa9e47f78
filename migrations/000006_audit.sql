-- Who did what, who was refused, and who looked at whom. Nothing here refers to accounts.users: erasing a person must
-- not change what is chained.
-- subject: subject_user_id; retention: audit
create table accounts.audit_log (
  -- A UUIDv7 by server time, so monthly ranges of it are months.
  id uuid primary key,
  -- One chain per run of a node, so that no two writers wait for each other; `chain_seq` is 1, 2, 3 in it.
  chain uuid not null,
  chain_seq bigint not null check (chain_seq > 0),
  at timestamptz not null,
  actor_id uuid,
  grants text[] not null,
  action text not null,
  resource_kind text not null,
  resource_id text,
  subject_user_id uuid,
  purpose text,
  outcome text not null check (outcome in ('allowed', 'refused', 'failed')),
  reason text,
  address text,
  prev_hash bytea not null,
  hash bytea not null
) partition by range (id);
create table accounts.audit_log_default partition of accounts.audit_log default;
create index audit_log_chain on accounts.audit_log (chain, chain_seq);
create index audit_log_subject on accounts.audit_log (subject_user_id, id desc) where subject_user_id is not null;
create index audit_log_actor on accounts.audit_log (actor_id, id desc) where actor_id is not null;

-- How far each chain goes: without it nobody would miss rows that were cut off its end. `low` moves when old months go.
-- subject: none; retention: audit
create table accounts.audit_chains (
  chain uuid primary key,
  head bigint not null,
  head_hash bytea not null,
  low bigint not null default 1
);

create function accounts.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'accounts.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete on accounts.audit_log
  for each row execute function accounts.refuse_change();
create trigger append_only_whole before truncate on accounts.audit_log
  for each statement execute function accounts.refuse_change();
create trigger append_only_whole before truncate on accounts.audit_log_default
  for each statement execute function accounts.refuse_change();
create trigger append_only before delete on accounts.audit_chains
  for each row execute function accounts.refuse_change();
create trigger append_only_whole before truncate on accounts.audit_chains
  for each statement execute function accounts.refuse_change();

-- The owner too. Where the application has a role of its own, it gets no more than this.
revoke update, delete, truncate on accounts.audit_log from public, current_user;
revoke delete, truncate on accounts.audit_chains from public, current_user;

-- Time-limited access to somebody's record without being in charge of them.
-- subject: subject_user_id; retention: audit
create table accounts.break_glass (
  id uuid primary key,
  user_id uuid not null references accounts.users (id),
  subject_user_id uuid not null references accounts.users (id),
  reason text not null check (length(reason) between 10 and 500),
  opened_at timestamptz not null default now(),
  until timestamptz not null check (until > opened_at)
);
create index break_glass_user on accounts.break_glass (user_id, subject_user_id, until desc);

alter table if exists accounts.suspicious_activities
  drop constraint if exists suspicious_activities_activity_type_check;
alter table if exists accounts.suspicious_activities
  add constraint suspicious_activities_activity_type_check check (activity_type in (
    'LOCATION_MISMATCH', 'RATE_LIMIT_EXCEEDED', 'MULTIPLE_FAILED_LOGINS', 'SPAM_MESSAGES', 'REFRESH_TOKEN_REUSED',
    'BREAK_GLASS', 'UNUSUAL_READING'));
