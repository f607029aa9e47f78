-- Reserved numbers, payments and refunds keep to what they kept to before.

drop trigger keep_reserved on hospital.hospital_resources;
drop function hospital.keep_reserved();

-- Two bookings whose person was erased may overlap, which is refused here: those are over.
update hospital.bookings set status = 'completed' where status = 'approved' and patient_name = '[erased]';
alter table hospital.bookings drop constraint bookings_no_overlap;
alter table hospital.bookings add constraint bookings_no_overlap
  exclude using gist (person_id with =, lower(patient_name) with =, resource_type with =,
                      tstzrange(scheduled_at, ends_at) with &&)
  where (status = 'approved' and removed_at is null);

create or replace function hospital.check_transaction() returns trigger language plpgsql as $$
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

create or replace function hospital.move_balance() returns trigger language plpgsql as $$
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
