-- What is sent along with messages; the bytes are with the documents.

-- subject: patient_id; retention: health
create table care.message_attachments (
  id uuid primary key,
  message_id uuid not null,
  patient_id uuid not null references care.patients (id),
  file_name text not null,
  media_type text not null check (media_type in ('application/pdf', 'image/png', 'image/jpeg')),
  size_bytes integer not null check (size_bytes between 1 and 10485760),
  sha256 bytea not null check (octet_length(sha256) = 32),
  storage_key text not null unique,
  created_at timestamptz(3) not null default now(),
  constraint message_attachments_message_id_fkey foreign key (message_id, patient_id)
    references care.messages (id, patient_id) on delete cascade
);
create index message_attachments_message on care.message_attachments (message_id, id);

-- Whatever takes a row out, its bytes go too.
create function care.remove_attached() returns trigger language plpgsql as $$
begin
  insert into accounts.documents_to_remove (storage_key) values (old.storage_key) on conflict do nothing;
  return null;
end
$$;
create trigger remove_attached after delete on care.message_attachments
  for each row execute function care.remove_attached();
