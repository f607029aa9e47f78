-- What people are told in the program itself; what goes out to their mail, phone or browser beside it is in journal.deliveries.

-- subject: user_id; retention: notices
create table care.notifications (
  id uuid primary key,
  user_id uuid not null references accounts.users (id),
  kind text not null check (kind in ('message_received', 'appointment_booked', 'appointment_changed',
    'appointment_cancelled', 'prescription_written', 'booking_submitted', 'booking_approved', 'booking_declined',
    'booking_cancelled', 'booking_completed')),
  title text not null,
  -- What it is about: a type of record and the id of one.
  about_type text,
  about_id uuid,
  created_at timestamptz(3) not null default clock_timestamp(),
  read_at timestamptz(3),
  check ((about_type is null) = (about_id is null))
);
create index notifications_user on care.notifications (user_id, id desc);
create index notifications_unread on care.notifications (user_id, id desc) where read_at is null;
create index notifications_created on care.notifications (created_at);

-- How much somebody was sent lately.
create index deliveries_user on journal.deliveries (user_id, channel, created_at) where user_id is not null;
