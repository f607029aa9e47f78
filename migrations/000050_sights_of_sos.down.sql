-- Sights of an SOS are entries about one person each, as before. Not where one is about several: what it names stands under its hash.
-- Whoever writes such an entry now comes before, or fails.
lock table accounts.audit_log in access exclusive mode;
do $$
begin
  if exists (select from accounts.audit_log where resource_ids is not null) then
    raise exception 'the audit log has entries about several SOS, which can not be proven without them'
      using hint = 'programs from before this migration can work with the column in place, but do not show such entries as disclosures of an SOS, call them changed when they verify the log, and name the SOS of others in what somebody exports of themselves';
  end if;
end
$$;
drop function accounts.audit_among_in(uuid, text, uuid, uuid, bigint);
drop index accounts.audit_log_resources;
alter table accounts.audit_log drop column resource_ids;
