-- Entries of the audit log that were written in the transaction of what they tell. Whoever writes a chain takes them out as it
-- appends them; those of a node that died in between are appended by another one.
-- subject: none; retention: short
create table accounts.audit_due (
  id uuid primary key,
  entry jsonb not null,
  at timestamptz not null default now()
);
create index audit_due_at on accounts.audit_due (at);
comment on table accounts.audit_due is 'entries on their way into accounts.audit_log, for tenths of a second';
