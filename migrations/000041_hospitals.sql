-- Hospitals: what they are, how many beds and theatres they have, who changed that, what they cost, and through whom is paid.
-- What nobody may say but the database works out is in triggers, which are silent while a masked copy is made
-- (`muster.copying`): there it is copied.

create schema hospital;

-- What each version of a record was before the next one replaced it.
-- subject: person_id; retention: health
create table hospital.record_history (
  record_id uuid not null,
  version integer not null,
  kind text not null,
  person_id uuid,
  patient_id uuid,
  was jsonb not null,
  -- Why it was replaced, where somebody said so.
  reason text,
  replaced_at timestamptz not null default clock_timestamp(),
  primary key (record_id, version)
);
create index record_history_person on hospital.record_history (person_id) where person_id is not null;
create index record_history_patient on hospital.record_history (patient_id) where patient_id is not null;

create function hospital.keep_version() returns trigger language plpgsql as $$
declare
  was constant jsonb := to_jsonb(old) - 'search';
begin
  insert into hospital.record_history (record_id, version, kind, person_id, patient_id, was, reason)
  values (old.id, old.version, tg_table_name, (was ->> 'person_id')::uuid, (was ->> 'patient_id')::uuid, was,
          nullif(current_setting('muster.reason', true), ''));
  new.version := old.version + 1;
  new.updated_at := clock_timestamp();
  return new;
end
$$;

-- Some texts as one; `array_to_string` may not be used where a value is generated.
create function hospital.joined(texts text[]) returns text language sql immutable parallel safe as $$
  select coalesce(array_to_string(texts, ' '), '')
$$;

create table hospital.hospitals (
  id uuid primary key,
  name text not null,
  address text not null,
  lat_deg numeric(8, 6) check (lat_deg between -90 and 90),
  lng_deg numeric(9, 6) check (lng_deg between -180 and 180),
  phone text not null,
  email text,
  website text,
  specialties text[] not null default '{}',
  facilities text[] not null default '{}',
  operating_hours text[] not null default '{}',
  emergency_contact text,
  license_number text,
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'suspended')),
  approved_by uuid references accounts.users (id),
  approved_at timestamptz(3),
  rejection_reason text,
  description text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  search tsvector generated always as (
    to_tsvector('simple'::regconfig, name || ' ' || address || ' ' || hospital.joined(specialties) || ' '
      || hospital.joined(facilities))) stored,
  constraint hospitals_lat_deg_pair check ((lat_deg is null) = (lng_deg is null)),
  constraint hospitals_operating_hours_spans check (array_to_string(operating_hours, ',') ~
    '^((mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)(,|$))*$'),
  constraint hospitals_rejection_reason_said check (status <> 'rejected' or rejection_reason is not null),
  constraint hospitals_approved_at_known check (status not in ('approved', 'suspended') or approved_at is not null)
);
create index hospitals_name on hospital.hospitals (name, id);
create index hospitals_status on hospital.hospitals (status, name, id);
create index hospitals_approved_by on hospital.hospitals (approved_by);
create unique index hospitals_license_number_key on hospital.hospitals (lower(license_number)) where removed_at is null;
create index hospitals_search on hospital.hospitals using gin (search);
-- Which are near.
create index hospitals_place on hospital.hospitals
  using gist ((st_setsrid(st_makepoint(lng_deg::float8, lat_deg::float8), 4326)::geography))
  where removed_at is null and lat_deg is not null;
create trigger keep_version before update on hospital.hospitals
  for each row execute function hospital.keep_version();

-- Who approved it is whoever changed its status to that.
create function hospital.keep_approval() returns trigger language plpgsql as $$
begin
  if new.status = old.status then
    return new;
  elsif new.status = 'approved' then
    new.approved_by := new.updated_by;
    new.approved_at := clock_timestamp();
  elsif new.status in ('pending', 'rejected') then
    new.approved_by := null;
    new.approved_at := null;
  end if;
  return new;
end
$$;
create trigger approval before update of status on hospital.hospitals
  for each row execute function hospital.keep_approval();

create table hospital.hospital_resources (
  id uuid primary key,
  hospital_id uuid not null references hospital.hospitals (id),
  resource_type text not null check (resource_type in ('beds', 'icu', 'operationTheatres')),
  total integer not null default 0 check (total between 0 and 100000),
  -- By a trigger: what is left of the total.
  available integer not null,
  occupied integer not null default 0 check (occupied between 0 and 100000),
  reserved integer not null default 0 check (reserved between 0 and 100000),
  maintenance integer not null default 0 check (maintenance between 0 and 100000),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint hospital_resources_available_min check (available >= 0),
  constraint hospital_resources_total_sum check (total = available + occupied + reserved + maintenance)
);
create unique index hospital_resources_resource_type_key on hospital.hospital_resources (hospital_id, resource_type)
  where removed_at is null;
create index hospital_resources_hospital on hospital.hospital_resources (hospital_id, resource_type);
create index hospital_resources_type on hospital.hospital_resources (resource_type, id);
create index hospital_resources_available on hospital.hospital_resources (available);
create trigger keep_version before update on hospital.hospital_resources
  for each row execute function hospital.keep_version();

create function hospital.set_available() returns trigger language plpgsql as $$
begin
  new.available := new.total - new.occupied - new.reserved - new.maintenance;
  return new;
end
$$;
create trigger available before insert or update on hospital.hospital_resources
  for each row execute function hospital.set_available();

-- Numbers before and after; null: there was none, or is none any more.
create table hospital.resource_audit_log (
  id uuid primary key,
  hospital_id uuid not null references hospital.hospitals (id),
  resource_type text not null check (resource_type in ('beds', 'icu', 'operationTheatres')),
  action text not null check (action in ('create', 'update', 'delete', 'allocate', 'release')),
  old_total integer,
  old_available integer,
  old_occupied integer,
  old_reserved integer,
  old_maintenance integer,
  new_total integer,
  new_available integer,
  new_occupied integer,
  new_reserved integer,
  new_maintenance integer,
  reason text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint resource_audit_log_old_total_whole
    check (num_nulls(old_total, old_available, old_occupied, old_reserved, old_maintenance) in (0, 5)),
  constraint resource_audit_log_new_total_whole
    check (num_nulls(new_total, new_available, new_occupied, new_reserved, new_maintenance) in (0, 5))
);
create index resource_audit_log_created on hospital.resource_audit_log (created_at desc, id desc);
create index resource_audit_log_hospital on hospital.resource_audit_log (hospital_id, created_at desc, id desc);
create index resource_audit_log_type on hospital.resource_audit_log (resource_type);
create index resource_audit_log_action on hospital.resource_audit_log (action);
create trigger keep_version before update on hospital.resource_audit_log
  for each row execute function hospital.keep_version();

create function hospital.log_resource() returns trigger language plpgsql as $$
declare
  was hospital.hospital_resources;
  now_is hospital.hospital_resources;
  what text;
begin
  if tg_op <> 'INSERT' and old.removed_at is null then was := old; end if;
  if tg_op <> 'DELETE' and new.removed_at is null then now_is := new; end if;
  if was.id is null and now_is.id is null then
    return null;
  end if;
  what := case
    when was.id is null then 'create'
    when now_is.id is null then 'delete'
    when (was.total, was.maintenance) is distinct from (now_is.total, now_is.maintenance) then 'update'
    when now_is.available < was.available then 'allocate'
    when now_is.available > was.available then 'release'
    else 'update' end;
  insert into hospital.resource_audit_log (id, hospital_id, resource_type, action, old_total, old_available, old_occupied,
    old_reserved, old_maintenance, new_total, new_available, new_occupied, new_reserved, new_maintenance, reason,
    created_at, created_by, updated_by)
  select gen_random_uuid(), r.hospital_id, r.resource_type, what, was.total, was.available, was.occupied, was.reserved,
         was.maintenance, now_is.total, now_is.available, now_is.occupied, now_is.reserved, now_is.maintenance,
         nullif(current_setting('muster.reason', true), ''), clock_timestamp(), r.updated_by, r.updated_by
    from (select (case when tg_op = 'DELETE' then old else new end).*) r;
  return null;
end
$$;
create trigger log_resource after insert or update or delete on hospital.hospital_resources for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.log_resource();

create table hospital.hospital_pricing (
  id uuid primary key,
  hospital_id uuid not null references hospital.hospitals (id),
  resource_type text not null check (resource_type in ('beds', 'icu', 'operationTheatres')),
  base_price numeric(12, 2) not null check (base_price >= 0),
  currency text not null default 'BDT' check (currency ~ '^[A-Z]{3}$'),
  price_per_hour numeric(12, 2) check (price_per_hour >= 0),
  price_per_day numeric(12, 2) check (price_per_day >= 0),
  emergency_multiplier numeric(3, 2) not null default 1 check (emergency_multiplier between 1 and 9.99),
  starts_at timestamptz not null,
  ends_at timestamptz,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint hospital_pricing_ends_at_order check (ends_at > starts_at),
  constraint hospital_pricing_one_at_a_time
    exclude using gist (hospital_id with =, resource_type with =, tstzrange(starts_at, ends_at) with &&)
    where (removed_at is null)
);
create index hospital_pricing_starts on hospital.hospital_pricing (starts_at desc, id desc);
create index hospital_pricing_ends on hospital.hospital_pricing (ends_at);
create index hospital_pricing_hospital on hospital.hospital_pricing (hospital_id, resource_type, starts_at desc);
create index hospital_pricing_resource on hospital.hospital_pricing (resource_type);
create trigger keep_version before update on hospital.hospital_pricing
  for each row execute function hospital.keep_version();

-- What opens a gateway is not here: `secret_name` names the setting that holds it.
create table hospital.payment_config (
  id uuid primary key,
  gateway text not null check (gateway ~ '^[a-z][a-z0-9-]{0,39}$'),
  is_active boolean not null default true,
  mode text not null default 'sandbox' check (mode in ('sandbox', 'live')),
  merchant_id text,
  secret_name text check (secret_name ~ '^[A-Z][A-Z0-9_]{0,63}$'),
  base_url text,
  notes text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  created_by uuid references accounts.users (id),
  updated_at timestamptz(3) not null default now(),
  updated_by uuid references accounts.users (id),
  removed_at timestamptz,
  removed_by uuid references accounts.users (id),
  check ((removed_at is null) = (removed_by is null)),
  constraint payment_config_secret_name_live check (not (mode = 'live' and is_active) or secret_name is not null)
);
create unique index payment_config_gateway_key on hospital.payment_config (gateway, mode) where removed_at is null;
create index payment_config_gateway on hospital.payment_config (gateway, id);
create index payment_config_active on hospital.payment_config (is_active);
create trigger keep_version before update on hospital.payment_config
  for each row execute function hospital.keep_version();
