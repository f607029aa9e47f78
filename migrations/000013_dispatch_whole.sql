-- Dispatch, whole: several slots, rules by kind of emergency, phases, holds, merges, hand-offs, receipts.

-- Policies of the former shape say nothing of slots and ladders; the first one of the new shape is added at start.
delete from dispatch.policies where not (body ? 'base');

alter table dispatch.sos_requests
  add column origin text not null default 'person' check (origin in ('person', 'dispatcher', 'machine')),
  add column raised_by uuid references accounts.users (id),
  add column callback_number text,
  add column address_text text,
  add column is_drill boolean not null default false,
  add column drill_for uuid references accounts.users (id),
  add column duplicates uuid[] not null default '{}',
  -- Requesters of SOS that were merged into this one.
  add column joined_ids uuid[] not null default '{}',
  add column merged_into uuid,
  -- How help is sought for it, as decided when it was raised.
  add column rule jsonb,
  add column seeking_since timestamptz,
  add column rungs_climbed integer not null default 0,
  add column owner_id uuid references accounts.users (id),
  add column hold_until timestamptz,
  -- The last number at which something was decided: receipts of offers decide nothing.
  add column edit_seq bigint not null default 0,
  add column hand_off text check (hand_off in ('needed', 'reported', 'confirmed')),
  add constraint sos_requests_drill_for check (drill_for is null or is_drill),
  add constraint sos_requests_merged check (merged_into is null or status = 'CANCELLED');
-- What was raised before is sought for by the figures of the first policy, with one slot.
update dispatch.sos_requests set seeking_since = created_at, edit_seq = seq, rule =
 '{"slots": [{"role": "PRIMARY", "skills": ["FIRST_AID", "CPR", "MEDICAL_PROFESSIONAL"]}], "arrivalPrior": 0.15,
  "arrivalPriorOffers": 10, "waveSizeMin": 3, "waveSizeMax": 20, "denseFrom": 30, "denseWaveSizeMax": 7,
  "waveTimerMs": 25000, "offerTtlMs": 60000, "radiusStartM": 500, "radiusGrowth": 1.6, "radiusMaxM": 2000,
  "alertsMax": 30, "fixMaxAgeMs": 600000, "retryMs": 60000, "ladder": [{"step": "wider_ring", "afterMs": 90000,
  "radiusMaxM": 4000, "alertsMore": 20}, {"step": "professionals", "afterMs": 150000, "radiusMaxM": 10000,
  "alertsMore": 20}, {"step": "dispatchers", "afterMs": 180000}, {"step": "hand_off", "afterMs": 300000}],
  "turnoutDayMs": 102000, "turnoutNightMs": 142000, "speedDenseMps": 1.8, "speedMps": 2.3, "speedSparseMps": 3.1,
  "sparseBelow": 4, "speedObservedMaxMps": 14, "acceptanceWeight": 0.25, "fairness7Ms": 5000, "fairness30Ms":
  1000, "fairnessMaxMs": 60000, "noMovementMs": 150000, "nudgeGraceMs": 60000, "departedM": 20, "arrivedM": 25,
  "reservesMax": 2, "locateRadiusM": 4000}'::jsonb;
alter table dispatch.sos_requests alter column rule set not null, alter column seeking_since set not null;
create index sos_requests_owner on dispatch.sos_requests (owner_id)
  where owner_id is not null and status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED');

alter table dispatch.sos_offers drop constraint sos_offers_status_check;
alter table dispatch.sos_offers
  add constraint sos_offers_status_check
    check (status in ('OPEN', 'ACCEPTED', 'RESERVE', 'DECLINED', 'EXPIRED', 'CLOSED')),
  add column p_arrive double precision not null default 0 check (p_arrive between 0 and 1),
  add column fits_all boolean not null default false,
  add column close_reason text check (close_reason in
    ('filled', 'cancelled', 'resolved', 'merged', 'stood_down', 'busy', 'asked_again')),
  add column delivered_at timestamptz,
  add column seen_at timestamptz;

alter table dispatch.sos_slots
  add column skills text[] not null default '{}',
  -- The slot whose holder does not move, which this one makes up for.
  add column behind integer,
  add column departed_at timestamptz,
  add column arrived_at timestamptz,
  add column nudged_at timestamptz;

-- A drill takes nobody from a real SOS, so its holders are not among these.
comment on table dispatch.holders is 'who holds which slot of an SOS that is no drill';

-- What external services were told, and by whom. `confirmed` only when the service itself answered.
-- subject: by_user; retention: incident
create table dispatch.handoffs (
  sos_id uuid not null references dispatch.sos_requests (id),
  id uuid not null,
  state text not null check (state in ('needed', 'reported', 'confirmed')),
  service text,
  reference text,
  note text,
  by_user uuid references accounts.users (id),
  created_at timestamptz not null,
  primary key (sos_id, id),
  check ((state = 'needed') = (service is null))
) partition by range (sos_id);
create table dispatch.handoffs_default partition of dispatch.handoffs default;
