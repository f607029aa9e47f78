-- When somebody was made nobody: what a device of theirs still sends is taken out after that moment too.
alter table accounts.users add column erased_at timestamptz;
create index users_erased on accounts.users (erased_at) where erased_at is not null;

-- Documents whose rows are gone and whose bytes are still to be taken out of the storage.
-- subject: none; retention: short
create table accounts.documents_to_remove (
  storage_key text primary key,
  since timestamptz not null default now()
);

-- What one person did and held is asked for when they want to see it, or want it gone.
create index events_actor on journal.events (actor_id) where actor_id is not null;
create index sos_slots_holder on dispatch.sos_slots (holder_id) where holder_id is not null;
