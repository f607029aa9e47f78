-- What is kept for a time only is looked for by its age.
create index device_alarms_received on telemetry.device_alarms (received_at);
create index vitals_watch_received on telemetry.vitals_watch (received_at);
create index refused_samples_day on telemetry.refused_samples (day);
