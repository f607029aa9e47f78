-- Apps that we did not write.

-- Which app it is, for devices that were paired as one; and a hash of what it calls itself by, where an app can show
-- nothing else. Whoever knows that can send positions and call for help in the name of the device, and read nothing.
alter table accounts.devices add column app text check (app in ('owntracks', 'osmand'));
alter table accounts.devices add column tracker_hash bytea;
create unique index devices_by_tracker on accounts.devices (tracker_hash) where tracker_hash is not null;

-- What was taken in of devices without numbers, to recognise it when it is sent again. Written in the transaction that
-- stores the fix.
-- subject: user_id; retention: track
create table telemetry.app_messages (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  -- Made from the id of the message, else from the time and the place of its fix.
  message_key uuid not null,
  received_at timestamptz not null,
  primary key (user_id, device_id, message_key)
);
create index app_messages_by_age on telemetry.app_messages (received_at);

-- What last went wrong with what a device sent, in words that hold nothing of it.
-- subject: user_id; retention: track
create table telemetry.device_troubles (
  user_id uuid not null references accounts.users (id) on delete cascade,
  device_id uuid not null,
  reason text not null,
  detail text check (char_length(detail) <= 200),
  at timestamptz not null,
  primary key (user_id, device_id)
);
