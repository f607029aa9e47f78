-- Takes back records, with everything that was written in them.

drop function journal.forget_record_changes(integer);
drop table journal.events_record;
delete from journal.streams where kind = 'record';

drop view care.active_prescriptions;
drop view care.upcoming_appointments;
drop view care.patient_summary;

drop schema recovery cascade;

drop table care.medical_records;
drop table care.appointments;
drop function care.set_appointment_end();
drop table care.prescriptions;
drop table care.medication_logs;
drop table care.medications;
drop table care.providers;

drop trigger keep_version on care.patients;
drop index care.patients_last_name;
drop index care.patients_email;
drop index care.patients_phone;
drop index care.patients_date_of_birth;
drop index care.patients_city;
drop index care.patients_is_active;
alter table care.patients
  drop constraint patients_removed,
  drop column search,
  drop column removed_by,
  drop column removed_at,
  drop column updated_by,
  drop column version,
  drop column notes,
  drop column weight_goal_kg,
  drop column diastolic_goal_mmhg,
  drop column systolic_goal_mmhg,
  drop column resting_heart_rate_bpm,
  drop column max_heart_rate_bpm,
  drop column target_heart_rate_bpm,
  drop column current_stage,
  drop column primary_caregiver,
  drop column living_situation,
  drop column education,
  drop column occupation,
  drop column alcohol_use,
  drop column smoking_status,
  drop column discharge_summary,
  drop column surgery_type,
  drop column surgery_on,
  drop column medications_note,
  drop column medical_history,
  drop column chronic_conditions,
  drop column other_allergies,
  drop column medication_allergies,
  drop column pharmacy_phone,
  drop column preferred_pharmacy,
  drop column insurance_group_number,
  drop column insurance_policy_number,
  drop column insurance_provider,
  drop column blood_type;

drop function care.keep_version();
drop table care.record_history;
-- btree_gist stays: it may have been there before, and others may use it.
