-- Takes back what was sent along with messages; the job that removes documents takes the bytes.

insert into accounts.documents_to_remove (storage_key) select storage_key from care.message_attachments
  on conflict do nothing;
drop table care.message_attachments;
drop function care.remove_attached();
