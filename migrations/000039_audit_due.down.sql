-- Takes back the entries on their way into the audit log. Where some still are they would be lost, so it is refused.

do $$
begin
  if exists (select from accounts.audit_due) then
    raise exception 'entries are on their way into the audit log: let a node append them first';
  end if;
end
$$;
drop table accounts.audit_due;
