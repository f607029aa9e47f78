-- What people ask hospitals for, and what they pay: bookings with every step of their status, blood, payments, wallets. What the
-- database works out or writes by itself is in triggers, which are silent while a masked copy is made.

-- subject: person_id; retention: health
create table hospital.bookings (
  id uuid primary key,
  person_id uuid not null,
  hospital_id uuid not null references hospital.hospitals (id),
  resource_type text not null check (resource_type in ('beds', 'icu', 'operationTheatres')),
  patient_name text not null,
  patient_age_years integer not null check (patient_age_years between 0 and 130),
  patient_gender text not null check (patient_gender in ('male', 'female', 'other')),
  medical_condition text not null,
  urgency text not null default 'medium' check (urgency in ('low', 'medium', 'high', 'critical')),
  emergency_contact_name text not null,
  emergency_contact_phone text not null,
  emergency_contact_relationship text not null,
  scheduled_at timestamptz not null,
  estimated_duration_hours integer not null default 24 check (estimated_duration_hours between 1 and 8760),
  -- By a trigger: how long an hour takes depends on no time zone, but a generated column may not know that.
  ends_at timestamptz not null,
  status text not null default 'pending'
    check (status in ('pending', 'approved', 'declined', 'cancelled', 'completed')),
  approved_by uuid references accounts.users (id),
  approved_at timestamptz(3),
  authority_notes text,
  decline_reason text,
  booking_reference text not null,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint bookings_booking_reference_key unique (booking_reference),
  constraint bookings_id_person_id_key unique (id, person_id),
  constraint bookings_decline_reason_said check (status <> 'declined' or decline_reason is not null),
  constraint bookings_approved_at_known check (status not in ('approved', 'completed') or approved_at is not null),
  -- Nobody has two beds at once.
  constraint bookings_no_overlap
    exclude using gist (person_id with =, lower(patient_name) with =, resource_type with =,
                        tstzrange(scheduled_at, ends_at) with &&)
    where (status = 'approved' and removed_at is null)
);
create index bookings_person_scheduled on hospital.bookings (person_id, scheduled_at desc, id desc);
create index bookings_person_status on hospital.bookings (person_id, status);
create index bookings_hospital_scheduled on hospital.bookings (hospital_id, scheduled_at desc, id desc);
create index bookings_hospital_status on hospital.bookings (hospital_id, status, scheduled_at);
create index bookings_scheduled on hospital.bookings (scheduled_at desc, id desc);
create index bookings_urgency on hospital.bookings (urgency, scheduled_at);
create index bookings_resource on hospital.bookings (resource_type);
create trigger keep_version before update on hospital.bookings
  for each row execute function hospital.keep_version();

-- A reference that is read out on the telephone and tells nobody how many there are; one that is taken is drawn again.
create function hospital.new_reference() returns text language plpgsql as $$
declare
  drawn text;
begin
  loop
    drawn := 'RC-' || to_char(now() at time zone 'UTC', 'YYYY') || '-'
      || upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 8));
    exit when not exists (select from hospital.bookings where booking_reference = drawn);
  end loop;
  return drawn;
end
$$;

create function hospital.begin_booking() returns trigger language plpgsql as $$
begin
  new.booking_reference := hospital.new_reference();
  -- Until this is written it stays so.
  perform 1 from hospital.hospitals
    where id = new.hospital_id and status = 'approved' and removed_at is null for share;
  if not found then
    raise check_violation using message = 'the hospital takes no bookings', constraint = 'bookings_hospital_id_approved';
  end if;
  return new;
end
$$;
create trigger begins before insert on hospital.bookings for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.begin_booking();

create function hospital.set_booking_end() returns trigger language plpgsql as $$
begin
  new.ends_at := new.scheduled_at + make_interval(hours => new.estimated_duration_hours);
  return new;
end
$$;
create trigger ends_at before insert or update of scheduled_at, estimated_duration_hours, ends_at on hospital.bookings
  for each row execute function hospital.set_booking_end();

-- Who approved it is whoever changed its status to that.
create function hospital.keep_booking_approval() returns trigger language plpgsql as $$
begin
  if new.status = 'approved' and old.status <> 'approved' then
    new.approved_by := new.updated_by;
    new.approved_at := clock_timestamp();
  end if;
  return new;
end
$$;
create trigger approval before update of status on hospital.bookings
  for each row execute function hospital.keep_booking_approval();

-- subject: person_id; retention: health
create table hospital.booking_status_history (
  id uuid primary key,
  person_id uuid not null,
  booking_id uuid not null,
  hospital_id uuid not null references hospital.hospitals (id),
  old_status text check (old_status in ('pending', 'approved', 'declined', 'cancelled', 'completed')),
  new_status text not null check (new_status in ('pending', 'approved', 'declined', 'cancelled', 'completed')),
  reason text,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  -- It leaves with its booking.
  constraint booking_status_history_booking_id_fkey foreign key (booking_id, person_id)
    references hospital.bookings (id, person_id) on delete cascade
);
create index booking_status_history_person on hospital.booking_status_history (person_id, created_at desc, id desc);
create index booking_status_history_booking on hospital.booking_status_history (booking_id, created_at);
create index booking_status_history_hospital on hospital.booking_status_history (hospital_id, created_at desc, id desc);
create index booking_status_history_status on hospital.booking_status_history (new_status);
create index booking_status_history_created on hospital.booking_status_history (created_at desc, id desc);
create trigger keep_version before update on hospital.booking_status_history
  for each row execute function hospital.keep_version();

create function hospital.log_booking_status() returns trigger language plpgsql as $$
declare
  was text;
begin
  if tg_op = 'UPDATE' then
    was := old.status;
    if was = new.status then
      return null;
    end if;
  end if;
  insert into hospital.booking_status_history (id, person_id, booking_id, hospital_id, old_status, new_status, reason, notes,
    created_at, created_by, updated_by)
  values (gen_random_uuid(), new.person_id, new.id, new.hospital_id, was, new.status,
          coalesce(nullif(current_setting('muster.reason', true), ''),
                   case when new.status = 'declined' then new.decline_reason end),
          case when tg_op = 'UPDATE' then new.authority_notes end, clock_timestamp(), new.updated_by, new.updated_by);
  return null;
end
$$;
create trigger log_status after insert or update of status on hospital.bookings for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.log_booking_status();

-- Why the numbers of a hospital change is its booking, and not what was said of a patient.
create function hospital.count_reserved(hospital uuid, kind text, change integer, by_account uuid, reference text)
  returns boolean language plpgsql as $$
declare
  said constant text := coalesce(current_setting('muster.reason', true), '');
  counted integer;
begin
  perform set_config('muster.reason', 'booking ' || reference, true);
  update hospital.hospital_resources r set reserved = r.reserved + change, updated_by = by_account
   where r.hospital_id = hospital and r.resource_type = kind and r.removed_at is null
     and (case when change > 0 then r.available else r.reserved end) > 0;
  get diagnostics counted = row_count;
  perform set_config('muster.reason', said, true);
  return counted > 0;
end
$$;

-- What is approved is reserved, while there is something to reserve: whoever comes second waits for the row and finds that
-- nothing is left.
create function hospital.reserve_booking() returns trigger language plpgsql as $$
declare
  held constant boolean := old.status = 'approved' and old.removed_at is null;
  holds boolean := false;
  is_moved boolean := false;
begin
  if tg_op = 'UPDATE' then
    holds := new.status = 'approved' and new.removed_at is null;
    is_moved := held and holds and (old.hospital_id, old.resource_type) <> (new.hospital_id, new.resource_type);
  end if;
  if held and (is_moved or not holds) then
    perform hospital.count_reserved(old.hospital_id, old.resource_type, -1,
      case when tg_op = 'UPDATE' then new.updated_by else old.updated_by end, old.booking_reference);
  end if;
  if holds and (is_moved or not held) then
    if not hospital.count_reserved(new.hospital_id, new.resource_type, 1, new.updated_by, new.booking_reference) then
      raise check_violation using message = 'nothing of that is free', constraint = 'bookings_resource_type_available';
    end if;
  end if;
  return null;
end
$$;
create trigger reserve after update or delete on hospital.bookings
  for each row execute function hospital.reserve_booking();

-- subject: person_id; retention: health
create table hospital.blood_requests (
  id uuid primary key,
  person_id uuid not null,
  hospital_id uuid references hospital.hospitals (id),
  patient_name text not null,
  blood_type text not null check (blood_type in ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')),
  units_needed integer not null check (units_needed between 1 and 100),
  urgency text not null default 'medium' check (urgency in ('low', 'medium', 'high', 'critical')),
  contact_phone text not null,
  location text not null,
  medical_condition text,
  required_by_at timestamptz,
  status text not null default 'active' check (status in ('active', 'fulfilled', 'cancelled', 'expired')),
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null))
);
create index blood_requests_person on hospital.blood_requests (person_id, created_at desc, id desc);
create index blood_requests_person_type on hospital.blood_requests (person_id, blood_type);
create index blood_requests_hospital on hospital.blood_requests (hospital_id, created_at desc, id desc);
create index blood_requests_type on hospital.blood_requests (blood_type, status);
create index blood_requests_urgency on hospital.blood_requests (urgency);
create index blood_requests_status on hospital.blood_requests (status, required_by_at);
create index blood_requests_required_by on hospital.blood_requests (required_by_at);
create trigger keep_version before update on hospital.blood_requests
  for each row execute function hospital.keep_version();

-- subject: person_id; retention: health
create table hospital.transactions (
  id uuid primary key,
  person_id uuid not null,
  booking_id uuid not null,
  hospital_id uuid not null references hospital.hospitals (id),
  amount numeric(12, 2) not null check (amount > 0),
  currency text not null default 'BDT' check (currency ~ '^[A-Z]{3}$'),
  payment_method text not null check (payment_method ~ '^[a-z][a-z0-9-]{0,39}$'),
  payment_gateway text check (payment_gateway ~ '^[a-z][a-z0-9-]{0,39}$'),
  gateway_transaction_id text,
  status text not null default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled', 'refunded')),
  refund_amount numeric(12, 2) check (refund_amount > 0),
  refunded_at timestamptz(3),
  platform_fee numeric(12, 2) check (platform_fee >= 0),
  hospital_share numeric(12, 2) check (hospital_share >= 0),
  failure_reason text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint transactions_id_person_id_key unique (id, person_id),
  constraint transactions_booking_id_fkey foreign key (booking_id, person_id)
    references hospital.bookings (id, person_id),
  constraint transactions_hospital_share_sum check (platform_fee + hospital_share = amount),
  constraint transactions_refund_amount_max check (refund_amount <= amount),
  constraint transactions_refund_amount_refunded check ((status = 'refunded') = (refund_amount is not null)),
  constraint transactions_refunded_at_known check ((status = 'refunded') = (refunded_at is not null)),
  constraint transactions_failure_reason_said check (status <> 'failed' or failure_reason is not null)
);
create unique index transactions_gateway_transaction_id_key
  on hospital.transactions (payment_gateway, gateway_transaction_id) where gateway_transaction_id is not null;
create index transactions_gateway_transaction on hospital.transactions (gateway_transaction_id);
create index transactions_person on hospital.transactions (person_id, created_at desc, id desc);
create index transactions_booking on hospital.transactions (booking_id);
create index transactions_hospital on hospital.transactions (hospital_id, created_at desc, id desc);
create index transactions_status on hospital.transactions (status);
create index transactions_created on hospital.transactions (created_at desc, id desc);
create trigger keep_version before update on hospital.transactions
  for each row execute function hospital.keep_version();

-- A payment is for the hospital of its booking; what was paid stays as it was, and ends by a refund only.
create function hospital.check_transaction() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform 1 from hospital.bookings b where b.id = new.booking_id and b.hospital_id <> new.hospital_id;
    if found then
      raise check_violation using message = 'a booking of another hospital', constraint = 'transactions_hospital_id_of_booking';
    end if;
    return new;
  end if;
  if old.booking_id <> new.booking_id then
    raise check_violation using message = 'a payment stays with its booking', constraint = 'transactions_booking_id_fixed';
  end if;
  if old.status in ('completed', 'refunded')
     and (old.amount, old.currency, old.platform_fee, old.hospital_share)
         is distinct from (new.amount, new.currency, new.platform_fee, new.hospital_share) then
    raise check_violation using message = 'what was paid stays as it was', constraint = 'transactions_amount_settled';
  end if;
  if new.status = 'refunded' and old.status <> 'refunded' then
    new.refunded_at := clock_timestamp();
  end if;
  return new;
end
$$;
create trigger is_checked before insert or update on hospital.transactions for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.check_transaction();

-- subject: person_id; retention: health
create table hospital.wallets (
  id uuid primary key,
  person_id uuid not null,
  -- What its transactions come to, kept by them.
  balance numeric(14, 2) not null default 0,
  currency text not null default 'BDT' check (currency ~ '^[A-Z]{3}$'),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint wallets_balance_min check (balance >= 0),
  constraint wallets_person_id_key unique (person_id)
);
create index wallets_person_created on hospital.wallets (person_id, created_at desc, id desc);
create index wallets_currency on hospital.wallets (currency);
create trigger keep_version before update on hospital.wallets
  for each row execute function hospital.keep_version();

-- Each is what it was for good: what was wrong is put right by another one.
-- subject: person_id; retention: health
create table hospital.balance_transactions (
  id uuid primary key,
  person_id uuid not null references hospital.wallets (person_id),
  transaction_id uuid,
  kind text not null check (kind in ('credit', 'debit', 'refund', 'fee')),
  amount numeric(12, 2) not null check (amount > 0),
  currency text not null default 'BDT' check (currency ~ '^[A-Z]{3}$'),
  balance_before numeric(14, 2) not null check (balance_before >= 0),
  balance_after numeric(14, 2) not null check (balance_after >= 0),
  description text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint balance_transactions_transaction_id_fkey foreign key (transaction_id, person_id)
    references hospital.transactions (id, person_id),
  constraint balance_transactions_balance_after_sum
    check (balance_after = balance_before + case when kind in ('credit', 'refund') then amount else -amount end)
);
create index balance_transactions_person on hospital.balance_transactions (person_id, created_at desc, id desc);
create index balance_transactions_person_kind on hospital.balance_transactions (person_id, kind);
create index balance_transactions_transaction on hospital.balance_transactions (transaction_id);
create index balance_transactions_created on hospital.balance_transactions (created_at desc, id desc);
create trigger keep_version before update on hospital.balance_transactions
  for each row execute function hospital.keep_version();

-- Who changes one wallet at once waits in line, so that each sees what the one before left.
create function hospital.move_balance() returns trigger language plpgsql as $$
declare
  held numeric;
  held_in text;
begin
  insert into hospital.wallets (id, person_id, currency, created_by, updated_by)
  values (gen_random_uuid(), new.person_id, new.currency, new.created_by, new.created_by)
  on conflict (person_id) do nothing;
  select balance, currency into held, held_in from hospital.wallets where person_id = new.person_id for update;
  if held_in <> new.currency then
    raise check_violation using message = 'the wallet is in another currency',
      constraint = 'balance_transactions_currency_of_wallet';
  end if;
  new.balance_before := held;
  new.balance_after := held + case when new.kind in ('credit', 'refund') then new.amount else -new.amount end;
  if new.balance_after < 0 then
    raise check_violation using message = 'there is not so much in the wallet',
      constraint = 'balance_transactions_amount_covered';
  end if;
  update hospital.wallets set balance = new.balance_after, updated_by = new.created_by where person_id = new.person_id;
  -- The order of a wallet is the order of its lock, in milliseconds, of which no two have the same one.
  new.created_at := greatest(clock_timestamp(), (select max(created_at) + interval '1 millisecond'
    from hospital.balance_transactions where person_id = new.person_id));
  return new;
end
$$;
create trigger move_balance before insert on hospital.balance_transactions for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.move_balance();

-- Which, when and how much stays as it was; words of a person can be taken out of it.
create function hospital.keep_balance_transaction() returns trigger language plpgsql as $$
begin
  if (old.id, old.person_id, old.transaction_id, old.kind, old.amount, old.currency, old.balance_before, old.balance_after)
     is distinct from
     (new.id, new.person_id, new.transaction_id, new.kind, new.amount, new.currency, new.balance_before, new.balance_after) then
    raise check_violation using message = 'it stays as it was', constraint = 'balance_transactions_amount_fixed';
  end if;
  return new;
end
$$;
create trigger stays before update on hospital.balance_transactions
  for each row execute function hospital.keep_balance_transaction();
