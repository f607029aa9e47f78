import { COARSE_LOCATION, type OnErase, WORDLESS_EVENT } from './personal-relations.ts';
import {
  ABOUT_IN_HISTORY,
  BLANKED_PATIENT,
  RECORDS_ABOUT_NOBODY,
  RECORDS_ABOUT_PEOPLE,
} from './records/personal.ts';

/** How long a class of data is kept once it is not needed where it stands; null: as long as what it belongs to. */
export const RETENTION = {
  /** An account and what describes its person: until they leave. */
  account: { keepDays: null, why: 'until the person is erased' },
  notices: { keepDays: 90, why: 'what somebody was told, for finding it again' },
  credentials: { keepDays: 90, why: 'ended sessions and used tokens, for looking into misuse' },
  security: { keepDays: 365, why: 'looking back at attacks' },
  audit: { keepDays: 2_190, why: 'six years, as HIPAA asks of audit records' },
  health: { keepDays: null, why: 'a health record is kept as long as the law of its country says' },
  incident: {
    keepDays: 2_190,
    why: 'what was done for somebody in trouble, as long as it can be asked about',
  },
  /** Measured by devices; hourly and daily figures stay. */
  vitals: { keepDays: 90, why: 'every single sample, for looking at an illness or an incident again' },
  track: { keepDays: 30, why: 'where somebody was, for looking at one incident again' },
  /** What only serves the next minutes or days. */
  short: { keepDays: 30, why: 'one-time codes, deliveries, stored answers' },
  minutes: { keepDays: 1, why: 'codes that are typed in at once' },
  /** Nothing in it is about anybody. */
  system: { keepDays: null, why: 'how the system runs' },
} as const;

export type RetentionClass = keyof typeof RETENTION;

export interface PersonalTable {
  readonly table: string;
  /** The column that names the person a row is about; null: about nobody. */
  readonly subject: string | null;
  readonly retention: RetentionClass;
  readonly onErase: OnErase;
  /** Columns that are not given to the person: secrets, and hashes of them. */
  readonly withheld?: readonly string[];
  /** SQL: which rows `t` are about the person `$1`, where that is not what the subject says by itself. */
  readonly rows?: string;
  /** What deletes its rows once their class has been kept for long enough. */
  readonly ages?: Ageing;
  /** What the application's role may do with its rows; absent: everything. */
  readonly access?: Access;
}

/** SQL: the rows `t` of a table that are about the person `$1`; null: it is about nobody. */
export const rowsAbout = ({ subject, rows }: PersonalTable): string | null =>
  rows ?? (subject === null ? null : `t.${subject} = $1`);

/**
 * From when a row is counted as old: a column, whose null means that the row is still needed where it stands. Or who
 * deletes by itself: a function of the database, `f(most integer)`, that answers how many went (`named`: of which table that
 * is told, when of several); or another job.
 */
export type Ageing =
  | { readonly from: string }
  | { readonly calling: string | readonly string[]; readonly named?: string }
  | { readonly otherJob: string };

const FORGET_INCIDENTS = 'dispatch.forget_incidents';

/** What deletes the rows of a table. All that belongs to an SOS leaves with it, so its tables need not say so themselves. */
export const ageingOf = ({ ages, retention }: PersonalTable): Ageing | undefined =>
  ages ??
  (retention === 'incident' ? { calling: FORGET_INCIDENTS, named: 'dispatch.sos_requests' } : undefined);

/** Besides reading it: nothing, adding rows, or adding rows and setting these columns. */
export type Access = 'read' | 'append' | { readonly appendAndSet: readonly string[] };

const IDS_ONLY = { keep: 'holds ids and times only; the timeline of an incident stays whole' } as const;
const NOBODY = { keep: 'is about nobody' } as const;

const about = (
  table: string,
  subject: string,
  retention: RetentionClass,
  onErase: OnErase,
  withheld: readonly string[] = [],
) => ({
  table,
  subject,
  retention,
  onErase,
  withheld,
});
const system = (table: string, retention: RetentionClass = 'system'): PersonalTable => ({
  table,
  subject: null,
  retention,
  onErase: NOBODY,
});

const aged = (ages: Ageing, table: PersonalTable): PersonalTable => ({ ...table, ages });
const restricted = (access: Access, table: PersonalTable): PersonalTable => ({ ...table, access });

const FORGET_AUDIT = { calling: 'accounts.forget_audit' } as const;
const OLD_SESSIONS = { otherJob: 'old_sessions' } as const;

/**
 * Every table, in the order in which a person is erased: what refers to others goes first. A test compares it with the
 * database, so a table that nobody has thought about here does not get in.
 */
export const PERSONAL_DATA: readonly PersonalTable[] = [
  aged(
    { from: 'used_at' },
    about('accounts.recovery_codes', 'user_id', 'credentials', 'delete', ['code_hash']),
  ),
  about('accounts.second_factors', 'user_id', 'account', 'delete', ['secret', 'last_step']),
  aged(
    OLD_SESSIONS,
    about('accounts.refresh_tokens', 'user_id', 'credentials', 'delete', ['token_hash', 'next_seed']),
  ),
  // Not taken out: other nodes learn from the row that its tokens count no more.
  aged(
    OLD_SESSIONS,
    about(
      'accounts.sessions',
      'user_id',
      'credentials',
      {
        set: `address = null, program = null, ended_at = coalesce(ended_at, now()),
        end_reason = coalesce(end_reason, 'signed_out')`,
      },
      ['tag_key'],
    ),
  ),
  aged({ from: 'expires_at' }, about('accounts.device_codes', 'user_id', 'minutes', 'delete', ['code_hash'])),
  about('accounts.devices', 'user_id', 'account', 'delete', ['secret_hash', 'tracker_hash']),
  aged(
    { from: 'expires_at' },
    about('accounts.password_resets', 'user_id', 'short', 'delete', ['token_hash']),
  ),
  aged(
    { from: 'expires_at' },
    about('accounts.verification_codes', 'user_id', 'short', 'delete', ['code_hash']),
  ),
  aged(
    { from: 'expires_at' },
    about('accounts.invitations', 'accepted_by', 'short', { set: "email = 'erased'" }, ['token_hash']),
  ),
  aged(
    { from: 'created_at' },
    about('accounts.suspicious_activities', 'user_id', 'security', {
      set: "details = '{}', ip_address = null",
    }),
  ),
  about('accounts.volunteer_documents', 'volunteer_id', 'account', 'delete', ['storage_key', 'sha256']),
  about('accounts.professional_documents', 'professional_id', 'account', 'delete', ['storage_key', 'sha256']),
  about('accounts.verification_decisions', 'user_id', 'account', 'delete'),
  about('accounts.certifications', 'user_id', 'account', 'delete'),
  about('accounts.shifts', 'user_id', 'account', 'delete'),
  about('accounts.volunteers', 'user_id', 'account', 'delete'),
  about('accounts.professionals', 'user_id', 'account', 'delete'),
  about('accounts.emergency_contacts', 'user_id', 'account', 'delete'),
  about('accounts.user_grants', 'user_id', 'account', 'delete'),
  about('accounts.changes', 'user_id', 'account', { keep: 'holds the id and when something changed only' }),
  about('accounts.user_profiles', 'user_id', 'account', {
    set: `name = 'Erased person', phone = null, phone_verified_at = null, address = null, photo_url = null,
      doctor_name = null, doctor_phone = null, language = 'en', timezone = 'UTC'`,
  }),
  about(
    'accounts.users',
    'id',
    'account',
    {
      set: `email = 'erased-' || id || '@erased.invalid', password_hash = null, status = 'deactivated',
      deactivated_at = coalesce(deactivated_at, now()), email_verified_at = null,
      erased_at = coalesce(erased_at, now())`,
    },
    ['password_hash'],
  ),
  aged(
    FORGET_AUDIT,
    restricted(
      'append',
      about('accounts.audit_log', 'subject_user_id', 'audit', {
        keep: 'who looked at whom is kept unchanged, by ids',
      }),
    ),
  ),
  aged(
    { from: 'until' },
    about('accounts.break_glass', 'subject_user_id', 'audit', {
      keep: 'who broke the glass and why is kept unchanged',
    }),
  ),
  aged(
    FORGET_AUDIT,
    restricted({ appendAndSet: ['head', 'head_hash'] }, system('accounts.audit_chains', 'audit')),
  ),
  aged({ otherJob: 'audit_due' }, system('accounts.audit_due', 'short')),
  system('accounts.signing_keys'),
  system('accounts.setup_links'),
  aged({ otherJob: 'erasure' }, system('accounts.documents_to_remove', 'short')),
  aged(
    { otherJob: 'old_registrations' },
    {
      table: 'accounts.registrations',
      subject: null,
      retention: 'short',
      onErase: { keep: 'is about nobody who has an account, and gone after a day' },
    },
  ),

  {
    ...about('care.message_attachments', 'patient_id', 'health', 'delete', ['storage_key', 'sha256']),
    rows: 't.patient_id in (select p.id from care.patients p where p.user_id = $1)',
  },
  ...RECORDS_ABOUT_PEOPLE.map((declared): PersonalTable => ({ ...declared, retention: 'health' })),
  ...RECORDS_ABOUT_NOBODY.map((table) => system(table)),
  aged({ from: 'created_at' }, about('care.notifications', 'user_id', 'notices', 'delete')),
  about('care.push_subscriptions', 'user_id', 'account', 'delete', ['endpoint', 'p256dh', 'auth']),
  about('care.care_team', 'user_id', 'health', { set: 'until = coalesce(until, greatest(now(), since))' }),
  about('care.patients', 'user_id', 'health', { set: BLANKED_PATIENT }),
  // After everything whose changes it keeps: blanking a row keeps what it was.
  ...['care.record_history', 'recovery.record_history', 'hospital.record_history'].map(
    (table): PersonalTable => ({ ...about(table, 'person_id', 'health', 'delete'), rows: ABOUT_IN_HISTORY }),
  ),

  about('dispatch.responders', 'user_id', 'account', 'delete'),
  about('dispatch.presence', 'user_id', 'account', 'delete'),
  about('dispatch.chat_messages', 'sender_id', 'incident', { set: "content = '[erased]'" }),
  about('dispatch.sos_requests', 'user_id', 'incident', {
    set: `description = null, address_text = null, callback_number = null, location = ${COARSE_LOCATION}`,
  }),
  about('dispatch.sos_offers', 'responder_id', 'incident', IDS_ONLY),
  about('dispatch.sos_slots', 'holder_id', 'incident', IDS_ONLY),
  about('dispatch.sos_holdings', 'responder_id', 'incident', IDS_ONLY),
  about('dispatch.holders', 'user_id', 'incident', IDS_ONLY),
  about('dispatch.sos_rejections', 'volunteer_id', 'incident', IDS_ONLY),
  about('dispatch.handoffs', 'by_user', 'incident', { set: 'note = null, reference = null' }),
  about('dispatch.sos_cancellations', 'volunteer_id', 'incident', { set: 'reason = null' }),
  about('dispatch.chat_reads', 'reader_id', 'incident', IDS_ONLY),
  about('dispatch.sos_feedback', 'by_user', 'incident', { set: 'comment = null' }),
  about('dispatch.figures_due', 'user_id', 'account', 'delete'),
  aged({ from: 'chosen_at' }, about('dispatch.broadcast_recipients', 'user_id', 'track', 'delete')),
  aged(
    { from: 'until_at' },
    about('dispatch.area_broadcasts', 'created_by', 'incident', {
      keep: 'what the service told everybody in an area; its sender is an id',
    }),
  ),
  aged({ from: 'ended_at' }, about('dispatch.shifts', 'dispatcher_id', 'incident', { set: 'note = null' })),
  system('dispatch.deadlines', 'incident'),
  system('dispatch.policies'),

  aged({ from: 'received_at' }, about('telemetry.user_locations', 'user_id', 'track', 'delete')),
  aged({ calling: 'telemetry.forget_positions' }, about('telemetry.positions', 'user_id', 'track', 'delete')),
  aged({ from: 'day' }, about('telemetry.refused_fixes', 'user_id', 'track', 'delete')),
  aged({ from: 'received_at' }, about('telemetry.app_messages', 'user_id', 'track', 'delete')),
  aged({ from: 'at' }, about('telemetry.device_troubles', 'user_id', 'track', 'delete')),
  aged(
    { calling: 'telemetry.forget_vitals' },
    about('telemetry.vitals_samples', 'person_id', 'vitals', 'delete'),
  ),
  aged({ from: 'day' }, about('telemetry.refused_samples', 'user_id', 'track', 'delete')),
  aged({ from: 'received_at' }, about('telemetry.device_alarms', 'person_id', 'vitals', 'delete')),
  aged({ from: 'measured_at' }, about('telemetry.device_clocks', 'user_id', 'track', 'delete')),
  // Of devices, like the samples that they outlive.
  about('telemetry.vitals_hourly', 'person_id', 'health', 'delete'),
  about('telemetry.vitals_daily', 'person_id', 'health', 'delete'),
  system('telemetry.vitals_counted'),
  about('telemetry.vitals_records', 'person_id', 'health', {
    set: 'notes = null, device_source = null',
  }),
  // What somebody was judged by is part of what was done for them.
  about('telemetry.threshold_limits', 'person_id', 'health', {
    keep: 'limits of a health record, which name nobody once its person is nobody',
  }),
  about('telemetry.thresholds', 'person_id', 'health', {
    set: `reason = case when reason is null then null else '[erased]' end, expected = null`,
  }),
  aged({ from: 'received_at' }, about('telemetry.vitals_watch', 'person_id', 'vitals', 'delete')),
  aged({ from: 'scored_at' }, about('telemetry.news2_scores', 'person_id', 'vitals', 'delete')),
  aged(
    { from: 'expires_at' },
    about('telemetry.connection_consents', 'user_id', 'minutes', 'delete', ['state_hash', 'code_verifier']),
  ),
  aged({ from: 'created_at' }, about('telemetry.device_sync_logs', 'user_id', 'short', 'delete')),
  about('telemetry.device_connections', 'user_id', 'account', 'delete', ['access_token', 'refresh_token']),
  about('telemetry.alerts', 'person_id', 'health', {
    set: `message = null, detail = '{}', action_taken = null, location = null`,
  }),
  about('telemetry.alert_settings', 'person_id', 'health', 'delete'),
  // What other systems call it can lead back to the person.
  about('telemetry.observation_values', 'person_id', 'health', {
    keep: 'numbers of a health record, which name nobody once its person is nobody',
  }),
  about('telemetry.observation_versions', 'person_id', 'health', {
    set: "notes = null, device = null, members = '{}'",
  }),
  about('telemetry.observations', 'person_id', 'health', {
    set: 'identifier_system = null, identifier_value = null',
  }),
  about('telemetry.geofence_states', 'person_id', 'account', 'delete'),
  about('telemetry.geofences', 'person_id', 'account', 'delete'),
  // Says nowhere where anybody was, and what a device sends again after months is recognised by it.
  about('telemetry.device_cursors', 'user_id', 'account', 'delete'),

  aged({ from: 'finished_at' }, about('journal.deliveries', 'user_id', 'short', 'delete', ['body'])),
  aged({ from: 'at' }, about('journal.commands', 'actor_id', 'short', 'delete')),
  aged(
    { calling: [FORGET_INCIDENTS, 'journal.forget_inbox'] },
    about('journal.events', 'actor_id', 'incident', {
      // The words of a person go; that they said something, and when, is the timeline.
      set: `data = ${WORDLESS_EVENT}`,
    }),
  ),
  // Those of an SOS leave with it; of those of records the oldest numbers do.
  aged({ calling: 'journal.forget_record_changes' }, system('journal.streams', 'incident')),
  system('journal.jobs'),
  system('journal.nodes'),
  system('journal.spent'),
  restricted('read', system('public.muster_migrations')),
  restricted('read', system('public.muster_backfills')),
];
