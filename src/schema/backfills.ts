/** What a migration left to be filled in later, in batches beside those who write. All of it is SQL that is part of the program. */
export interface Backfill {
  readonly name: string;
  readonly about: string;
  /** What is filled in. */
  readonly table: string;
  /** The migration from which on it can be done. */
  readonly since: number;
  /** Answers `needed`: whether anything is left to do. */
  readonly needed: string;
  /**
   * One batch: the rows after the key `$1` (null: from the first), at most `$2`. Answers `last`, the key up to which it looked (null:
   * there was none), `seen` and `filled`. Done again it changes nothing more.
   */
  readonly batch: string;
  /** What holds from then on: each a statement of its own, that can be done again until the last was. */
  readonly finish: readonly string[];
}

export const BACKFILLS: readonly Backfill[] = [
  {
    name: 'calendar-privacy',
    about: 'who sees an event of a calendar, and of which patient it is',
    table: 'recovery.calendar_events',
    since: 45,
    needed: `select exists (select from pg_constraint
      where conrelid = 'recovery.calendar_events'::regclass and conname = 'calendar_events_privacy_level_said') as needed`,
    // A trigger fills in what is null, by the same rule as of what is new.
    batch: `with seen as materialized (
        select id from recovery.calendar_events
         where id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') order by id limit $2::integer
           for no key update),
      filled as (
        update recovery.calendar_events e set privacy_level = null
          from seen where e.id = seen.id and e.privacy_level is null returning e.id)
      select (select id from seen order by id desc limit 1) as last,
             (select count(1)::integer from seen) as seen, (select count(1)::integer from filled) as filled`,
    finish: [
      'alter table recovery.calendar_events validate constraint calendar_events_privacy_level_said',
      `alter table recovery.calendar_events alter column privacy_level set not null,
         drop constraint calendar_events_privacy_level_said`,
    ],
  },
];
