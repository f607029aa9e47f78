-- Entries of the audit log are about one person each, as before. Not where one is about many: whom it names stands under its hash.
do $$
begin
  if exists (select from accounts.audit_log where subject_user_ids is not null) then
    raise exception 'the audit log has entries about many people, which can not be proven without them'
      using hint = 'programs from before this migration work with the column in place';
  end if;
end
$$;
drop function accounts.audit_among(uuid, uuid, uuid, uuid, bigint, boolean);
drop index accounts.audit_log_subjects;
alter table accounts.audit_log drop column subject_user_ids;
