-- Entries of the audit log are about one person each, as before. Not where one is about many: whom it names stands under its hash.
-- Whoever writes such an entry now comes before, or fails.
lock table accounts.audit_log in access exclusive mode;
do $$
begin
  if exists (select from accounts.audit_log where subject_user_ids is not null) then
    raise exception 'the audit log has entries about many people, which can not be proven without them'
      using hint = 'programs from before this migration can work with the column in place, but do not show such entries to whom they are about and call them changed when they verify the log';
  end if;
end
$$;
drop function accounts.audit_among(uuid, uuid, uuid, uuid, bigint, boolean);
drop index accounts.audit_log_subjects;
alter table accounts.audit_log drop column subject_user_ids;
