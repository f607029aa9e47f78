-- Takes back who sees an event and of which patient it is, and how far it was filled in.

drop trigger keep_version on recovery.calendar_events;
create trigger keep_version before update on recovery.calendar_events
  for each row execute function recovery.keep_version();
drop trigger fill_privacy on recovery.calendar_events;
drop function recovery.fill_privacy();
drop function recovery.privacy_of(uuid, uuid, uuid);
alter table recovery.calendar_events drop column privacy_level, drop column patient_id;
drop table public.muster_backfills;
