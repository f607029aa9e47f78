-- Whether a person saw what was put on record and stands by it: not what is preliminary, nor what a device measured by
-- itself. It is judged as if a device had sent it.
alter table telemetry.vitals_records add column is_seen boolean not null default true;
update telemetry.vitals_records r set is_seen = false
  from telemetry.observations o
 where o.id = r.id and o.person_id = r.person_id and r.source = 'fhir'
   and (o.status = 'preliminary' or r.device_source is not null);
