-- What somebody spent of what is limited, told to the other nodes while Redis is not there to do it. Unlogged, and gone
-- after seconds.
create unlogged table journal.spent (
  node_id uuid not null,
  kind text not null,
  -- An account, a network, or a hash of what somebody typed.
  key text not null,
  amount integer not null check (amount > 0),
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id()
);
create index spent_xid on journal.spent (xid);
create index spent_at on journal.spent (at);
comment on table journal.spent is 'stand-in of Redis: who used how much of their share on which node, for some seconds';
