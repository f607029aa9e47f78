-- Takes back the records of rehabilitation, meals and calendars, with what was written in them and what they were before.

drop table recovery.calendar_events;
drop function recovery.check_calendar_event();
drop table recovery.calendars;
drop table recovery.shared_event_templates;
drop table recovery.event_templates;

drop trigger add_up_meals on recovery.food_items;
drop table recovery.meal_item_entries;
drop table recovery.meal_entries;
drop function recovery.food_changed();
drop function recovery.meal_items_changed();
drop function recovery.add_up_meals(uuid[]);
drop function recovery.remove_parts();

drop table recovery.daily_scores;
drop table recovery.therapy_goals;
drop table recovery.exercise_logs;
drop function recovery.check_exercise_log();
drop table recovery.exercise_prescriptions;
drop table recovery.activities;
drop table recovery.therapy_routines;
drop table recovery.therapy_phases;

delete from recovery.record_history
 where kind in ('calendar_events', 'calendars', 'shared_event_templates', 'event_templates', 'meal_item_entries',
                'meal_entries', 'daily_scores', 'therapy_goals', 'exercise_logs', 'exercise_prescriptions', 'activities',
                'therapy_routines', 'therapy_phases');
