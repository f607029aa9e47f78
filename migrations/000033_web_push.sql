-- Web Push: where the browsers of people can be reached whose page is closed.

-- subject: user_id; retention: account
create table care.push_subscriptions (
  id uuid primary key,
  user_id uuid not null references accounts.users (id),
  -- Where its push service takes messages for it: whoever knows the address and has the operator's keys can send there.
  endpoint text not null unique check (char_length(endpoint) <= 2000),
  p256dh text not null,
  auth text not null,
  -- In the words of its person: "Firefox on Android".
  name text check (char_length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  -- When its page said last that it still wants to be woken.
  renewed_at timestamptz not null default now()
);
create index push_subscriptions_user on care.push_subscriptions (user_id);

alter table journal.deliveries drop constraint deliveries_channel_check;
alter table journal.deliveries
  add constraint deliveries_channel_check check (channel in ('email', 'sms', 'push'));
