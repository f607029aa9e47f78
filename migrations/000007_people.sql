-- People: profiles, duty, certificates, documents, invitations, proofs of address, patients and who cares for them.

alter table accounts.users drop constraint users_status_check;
alter table accounts.users
  add constraint users_status_check check (status in ('active', 'suspended', 'deactivated')),
  -- When somebody left by themselves; a sign-in within the period of grace takes it back.
  add column deactivated_at timestamptz,
  add column last_sign_in_at timestamptz,
  add column email_verified_at timestamptz,
  add column phone_verified_at timestamptz,
  add constraint users_deactivated check ((status = 'deactivated') = (deactivated_at is not null));

alter table accounts.user_profiles drop column preferences;
alter table accounts.user_profiles
  add column language text not null default 'en',
  add column timezone text not null default 'UTC',
  add column notify_push boolean not null default true,
  add column notify_sms boolean not null default false,
  add column notify_email boolean not null default true,
  add column doctor_name text,
  add column doctor_phone text;

-- A grant can hold in one place only. `scope_id` names a hospital; null: everywhere.
alter table accounts.user_grants add column id bigint generated always as identity;
alter table accounts.user_grants drop constraint user_grants_pkey;
alter table accounts.user_grants add primary key (id);
alter table accounts.user_grants drop constraint user_grants_grant_name_check;
alter table accounts.user_grants
  add column scope_id uuid,
  add constraint user_grants_grant_name_check check (grant_name in
    ('patient', 'volunteer', 'professional', 'dispatcher', 'hospital_authority', 'staff', 'admin')),
  add constraint user_grants_scope check (
    case when grant_name = 'hospital_authority' then scope_id is not null
         when grant_name in ('staff', 'professional') then true
         else scope_id is null end),
  add constraint user_grants_once unique nulls not distinct (user_id, grant_name, scope_id);

-- subject: user_id; retention: account
create table accounts.emergency_contacts (
  user_id uuid not null references accounts.users (id) on delete cascade,
  position smallint not null check (position between 1 and 10),
  name text not null,
  phone text not null,
  relationship text,
  primary key (user_id, position)
);

alter table accounts.volunteers drop column certifications;
alter table accounts.volunteers
  add column quiet_from_min smallint check (quiet_from_min between 0 and 1439),
  add column quiet_to_min smallint check (quiet_to_min between 0 and 1439),
  add column rest_after_alert_min integer not null default 0 check (rest_after_alert_min between 0 and 10080),
  add column rating_count integer not null default 0 check (rating_count >= 0),
  add column revoked_at timestamptz,
  add column revoked_by uuid references accounts.users (id),
  add constraint volunteers_quiet_hours check ((quiet_from_min is null) = (quiet_to_min is null));

-- subject: user_id; retention: account
create table accounts.shifts (
  id uuid primary key,
  user_id uuid not null references accounts.volunteers (user_id) on delete cascade,
  -- ISO 8601: Monday is 1. Minutes of that local day; an end that is not after the start lies on the next day.
  weekday smallint not null check (weekday between 1 and 7),
  from_min smallint not null check (from_min between 0 and 1439),
  to_min smallint not null check (to_min between 0 and 1439),
  timezone text not null
);
create index shifts_user on accounts.shifts (user_id);

-- subject: user_id; retention: account
create table accounts.certifications (
  id uuid primary key,
  user_id uuid not null references accounts.volunteers (user_id) on delete cascade,
  name text not null,
  issued_by text not null,
  issued_on date not null,
  -- The last day on which it holds; null: it does not end.
  expires_on date check (expires_on >= issued_on),
  -- The skill it proves; null: all of them.
  skill text check (skill in ('FIRST_AID', 'CPR', 'FIREFIGHTING', 'SEARCH_RESCUE', 'COUNSELING',
    'MEDICAL_PROFESSIONAL', 'DRIVER', 'TRANSLATOR', 'OTHER')),
  document_id uuid,
  created_at timestamptz not null default now()
);
create index certifications_user on accounts.certifications (user_id);

-- subject: user_id; retention: account
create table accounts.professionals (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  profession text not null check (profession in ('doctor', 'nurse', 'paramedic', 'therapist', 'other')),
  license_number text not null unique,
  specialization text not null,
  hospital_affiliation text,
  verified boolean not null default false,
  verified_at timestamptz,
  verified_by uuid references accounts.users (id),
  revoked_at timestamptz,
  revoked_by uuid references accounts.users (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index professionals_specialization on accounts.professionals (specialization);
create index professionals_to_verify on accounts.professionals (created_at) where not verified;

-- Each decision about a verification, with the documents it was made from.
-- subject: user_id; retention: account
create table accounts.verification_decisions (
  id uuid primary key,
  user_id uuid not null references accounts.users (id) on delete cascade,
  role text not null check (role in ('volunteer', 'professional')),
  verified boolean not null,
  document_ids uuid[] not null,
  note text,
  decided_by uuid references accounts.users (id),
  decided_at timestamptz not null default now()
);
create index verification_decisions_user on accounts.verification_decisions (user_id, decided_at desc);

-- subject: volunteer_id; retention: account
create table accounts.volunteer_documents (
  id uuid primary key,
  volunteer_id uuid not null references accounts.volunteers (user_id) on delete cascade,
  document_type text not null check (document_type in ('ID_PROOF', 'CERTIFICATION', 'BACKGROUND_CHECK', 'OTHER')),
  -- Where the storage keeps it. What it is called there says nothing about anybody.
  storage_key text not null unique,
  media_type text not null,
  file_name text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 bytea not null,
  uploaded_at timestamptz not null default now()
);
create index volunteer_documents_volunteer on accounts.volunteer_documents (volunteer_id);

-- subject: professional_id; retention: account
create table accounts.professional_documents (
  id uuid primary key,
  professional_id uuid not null references accounts.professionals (user_id) on delete cascade,
  document_type text not null check (document_type in ('MEDICAL_LICENSE', 'DEGREE', 'HOSPITAL_ID', 'OTHER')),
  storage_key text not null unique,
  media_type text not null,
  file_name text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 bytea not null,
  uploaded_at timestamptz not null default now()
);
create index professional_documents_professional on accounts.professional_documents (professional_id);

-- subject: none; retention: short
create table accounts.invitations (
  id uuid primary key,
  email text not null,
  grants text[] not null,
  scope_id uuid,
  token_hash bytea not null unique,
  invited_by uuid references accounts.users (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references accounts.users (id) on delete set null
);

-- Codes that prove an address: one for each person and channel, the newest counts.
-- subject: user_id; retention: short
create table accounts.verification_codes (
  user_id uuid not null references accounts.users (id) on delete cascade,
  channel text not null check (channel in ('email', 'sms')),
  -- What the code was sent to: it proves nothing about an address that came later.
  address text not null,
  code_hash bytea not null,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (user_id, channel)
);

-- subject: user_id; retention: short
create table accounts.password_resets (
  user_id uuid primary key references accounts.users (id) on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- What is to be sent outside, written in the transaction that decided it. The words are wiped once they are sent or
-- given up, because they can hold a one-time token.
-- subject: user_id; retention: short
create table journal.deliveries (
  id uuid primary key,
  user_id uuid references accounts.users (id) on delete cascade,
  channel text not null check (channel in ('email', 'sms')),
  recipient text,
  subject text,
  body text,
  state text not null default 'pending' check (state in ('pending', 'sent', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  -- After this nobody needs it any more.
  expires_at timestamptz not null,
  -- A code, never a message: messages can carry addresses.
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  check ((state = 'pending') = (body is not null)),
  check ((state = 'pending') = (finished_at is null))
);
create index deliveries_due on journal.deliveries (due_at) where state = 'pending';

create schema care;

-- subject: user_id; retention: health
create table care.patients (
  id uuid primary key,
  -- The patient's own account, where there is one.
  user_id uuid unique references accounts.users (id),
  first_name text not null,
  last_name text not null,
  date_of_birth date,
  gender text check (gender in ('male', 'female', 'other')),
  email text,
  phone text,
  phone_type text check (phone_type in ('mobile', 'home', 'work')),
  alternate_phone text,
  preferred_contact_method text check (preferred_contact_method in ('phone', 'email', 'text')),
  best_time_to_contact text check (best_time_to_contact in ('morning', 'afternoon', 'evening')),
  address text,
  city text,
  state text,
  postal_code text,
  country text,
  emergency_contact_name text,
  emergency_contact_phone text,
  emergency_contact_relationship text,
  emergency_contact2_name text,
  emergency_contact2_phone text,
  is_active boolean not null default true,
  created_by uuid not null references accounts.users (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index patients_name on care.patients (lower(last_name), lower(first_name));
create index patients_created_by on care.patients (created_by);

-- Who cares for whom: the relation that access to a health record goes by.
-- subject: patient_id; retention: health
create table care.care_team (
  patient_id uuid not null references care.patients (id),
  user_id uuid not null references accounts.users (id),
  role text not null check (role in ('doctor', 'nurse', 'therapist', 'caregiver', 'family', 'other')),
  since timestamptz not null default now(),
  until timestamptz check (until >= since),
  added_by uuid references accounts.users (id),
  id uuid primary key
);
create unique index care_team_now on care.care_team (patient_id, user_id) where until is null;
create index care_team_member on care.care_team (user_id) where until is null;

-- What dispatch has to know of somebody who helps: a verified professional is qualified as one.
create view accounts.volunteer_states as
  select v.user_id,
         case when p.verified and not v.skills @> array['MEDICAL_PROFESSIONAL']
              then v.skills || array['MEDICAL_PROFESSIONAL'] else v.skills end as skills,
         v.verified or coalesce(p.verified, false) as verified,
         v.available,
         v.updated_at,
         coalesce(u.timezone, 'UTC') as timezone,
         v.quiet_from_min,
         v.quiet_to_min,
         v.rest_after_alert_min,
         coalesce((select jsonb_agg(jsonb_build_object('weekday', s.weekday, 'fromMin', s.from_min,
                                                       'toMin', s.to_min, 'timezone', s.timezone)
                                    order by s.weekday, s.from_min, s.id)
                     from accounts.shifts s where s.user_id = v.user_id), '[]') as shifts,
         coalesce((select jsonb_agg(jsonb_build_object('skill', c.skill, 'expiresOn', c.expires_on) order by c.id)
                     from accounts.certifications c where c.user_id = v.user_id), '[]') as certificates
    from accounts.volunteers v
    left join accounts.professionals p on p.user_id = v.user_id
    left join accounts.user_profiles u on u.user_id = v.user_id;
