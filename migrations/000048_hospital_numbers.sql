-- What reserved numbers, payments and refunds have to keep to, also when they are written by hand.

-- Whoever is erased is no name that two bookings could have in common.
alter table hospital.bookings drop constraint bookings_no_overlap;
alter table hospital.bookings add constraint bookings_no_overlap
  exclude using gist (person_id with =, lower(patient_name) with =, resource_type with =,
                      tstzrange(scheduled_at, ends_at) with &&)
  where (status = 'approved' and removed_at is null and patient_name <> '[erased]');

-- What bookings hold is not given away by whoever writes the numbers. What bookings do to them by themselves is in order.
create function hospital.keep_reserved() returns trigger language plpgsql as $$
declare
  of_hospital constant uuid := case when tg_op = 'DELETE' then old.hospital_id else new.hospital_id end;
  of_kind constant text := case when tg_op = 'DELETE' then old.resource_type else new.resource_type end;
  left_for integer := 0;
  held integer;
begin
  if pg_trigger_depth() > 1 then
    return null;
  end if;
  if tg_op = 'DELETE' and old.removed_at is not null then
    return null;
  end if;
  if tg_op <> 'DELETE' and new.removed_at is null then
    left_for := new.reserved;
  end if;
  if tg_op = 'UPDATE' then
    if new.removed_at is null and old.removed_at is null and new.reserved >= old.reserved
       and new.resource_type = old.resource_type then
      return null;
    end if;
    if new.resource_type <> old.resource_type then
      left_for := 0;
    end if;
  end if;
  select count(*) into held from hospital.bookings b
   where b.hospital_id = of_hospital and b.status = 'approved' and b.removed_at is null
     and b.resource_type = case when tg_op = 'UPDATE' then old.resource_type else of_kind end;
  if left_for < held then
    raise check_violation using message = 'approved bookings hold more', constraint = 'hospital_resources_reserved_held';
  end if;
  return null;
end
$$;
create trigger keep_reserved after insert or update or delete on hospital.hospital_resources for each row
  when (coalesce(current_setting('muster.copying', true), '') <> 'on')
  execute function hospital.keep_reserved();

-- A payment is for the hospital of its booking; what was paid stays as it was, but for what was not said, and ends by a refund only.
create or replace function hospital.check_transaction() returns trigger language plpgsql as $$
begin
  if num_nulls(new.platform_fee, new.hospital_share) = 1
     and (tg_op = 'INSERT' or (old.platform_fee, old.hospital_share) is distinct from (new.platform_fee, new.hospital_share)) then
    raise check_violation using message = 'both parts or none', constraint = 'transactions_hospital_share_whole';
  end if;
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
     and ((old.amount, old.currency) is distinct from (new.amount, new.currency)
          or num_nulls(old.platform_fee, old.hospital_share) = 0
             and (old.platform_fee, old.hospital_share) is distinct from (new.platform_fee, new.hospital_share)) then
    raise check_violation using message = 'what was paid stays as it was', constraint = 'transactions_amount_settled';
  end if;
  if new.status = 'refunded' and old.status <> 'refunded' then
    new.refunded_at := clock_timestamp();
  end if;
  return new;
end
$$;

-- Who changes one wallet at once waits in line, so that each sees what the one before left.
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
  -- Of what was paid back for a payment no more comes into the wallet, however often it is sent.
  if new.kind = 'refund' and new.transaction_id is not null
     and new.amount > coalesce((select p.refund_amount from hospital.transactions p
                                 where p.id = new.transaction_id and p.status = 'refunded' and p.currency = new.currency
                                   and p.removed_at is null), 0)
                      - coalesce((select sum(b.amount) from hospital.balance_transactions b
                                   where b.transaction_id = new.transaction_id and b.kind = 'refund'), 0) then
    raise check_violation using message = 'so much was not paid back for it',
      constraint = 'balance_transactions_amount_refunded';
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
