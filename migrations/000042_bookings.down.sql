-- Takes back bookings, requests for blood, payments and wallets, with what was written in them and what they were before.

drop table hospital.balance_transactions;
drop function hospital.keep_balance_transaction();
drop function hospital.move_balance();
drop table hospital.wallets;
drop table hospital.transactions;
drop function hospital.check_transaction();
drop table hospital.blood_requests;
drop table hospital.booking_status_history;
drop table hospital.bookings;
drop function hospital.reserve_booking();
drop function hospital.count_reserved(uuid, text, integer, uuid, text);
drop function hospital.log_booking_status();
drop function hospital.keep_booking_approval();
drop function hospital.set_booking_end();
drop function hospital.begin_booking();
drop function hospital.new_reference();

delete from hospital.record_history
 where kind in ('bookings', 'booking_status_history', 'blood_requests', 'transactions', 'wallets', 'balance_transactions');
