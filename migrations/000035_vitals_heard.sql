-- Which nodes a person's devices speak to, and when each was heard last (by node, milliseconds since 1970): somebody whose
-- phone is on one node and whose watch on another is judged by both, of everything.
alter table telemetry.vitals_watch add column heard jsonb not null default '{}';
