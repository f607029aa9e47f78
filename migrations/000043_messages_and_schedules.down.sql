-- Takes back messages and the hours of professionals, with what was written in them and what they were before.

drop table care.messages, care.doctor_schedules;
drop function care.set_message_thread();
delete from care.record_history where kind in ('messages', 'doctor_schedules');
