-- Takes back what people were told in the program.

drop index journal.deliveries_user;
drop table care.notifications;
