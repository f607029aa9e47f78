/**
 * What becomes of a value in a masked copy.
 *
 * - `keep`: as it is: ids, times, kinds, numbers, settings.
 * - `null`: left out.
 * - `default`: what the new database gives by itself.
 * - `unusable`: other bytes, so that a secret which must not be missing opens nothing.
 * - `empty_json`: `{}`.
 * - `name`, `first_name`, …: a fake of this kind, the same wherever the same value stands.
 * - `birthday`: another day within the same five years.
 * - `words`: other words of about the same length.
 * - `place`: moved by up to 1.5 km, everything of one person in the same way (see {@link MaskedTable.person}).
 * - `event`: inside JSON the same: places moved, words replaced, ids, kinds and numbers kept.
 */
export type Mask =
  | 'keep'
  | 'null'
  | 'default'
  | 'unusable'
  | 'empty_json'
  | 'name'
  | 'first_name'
  | 'last_name'
  | 'email'
  | 'phone'
  | 'street'
  | 'city'
  | 'region'
  | 'postal_code'
  | 'organisation'
  | 'specialty'
  | 'licence'
  | 'birthday'
  | 'words'
  | 'place'
  | 'event';

export interface MaskedTable {
  /** Every column by name. */
  readonly columns: Readonly<Record<string, Mask>>;
  /** The column whose value places are moved by. */
  readonly person?: string;
}

/** Why a table stays empty. */
export interface LeftOut {
  readonly leftOut: string;
}

const columns = (mask: Mask, names: string): Record<string, Mask> =>
  Object.fromEntries(names.split(' ').map((name) => [name, mask]));
const keep = (names: string) => columns('keep', names);
const leftOut = (why: string): LeftOut => ({ leftOut: why });

const SECRETS = 'secrets, which open something elsewhere';
const CHAINED = 'chained by hash over real words and addresses: a copy with others would be a broken chain';
const DOCUMENTS = 'scans of papers can not be masked';
const PASSING = 'serves the next minutes only, with addresses and one-time words';
const OWN = 'a database keeps its own';
const VITALS =
  'heart_rate_bpm systolic_mmhg diastolic_mmhg spo2_pct respiration_per_min temperature_c oxygen_lpm weight_kg glucose_mmol_l consciousness on_oxygen';
const FIGURES =
  'samples doubted mean lowest lowest_at highest highest_at first_value first_at last_value last_at';

/** Every table and every column of it. A test compares this with the database: what is not declared does not get in. */
export const MASKING: Readonly<Record<string, MaskedTable | LeftOut>> = {
  'accounts.recovery_codes': leftOut(SECRETS),
  'accounts.second_factors': leftOut(SECRETS),
  'accounts.refresh_tokens': leftOut(SECRETS),
  'accounts.sessions': leftOut(SECRETS),
  'accounts.device_codes': leftOut(SECRETS),
  'accounts.password_resets': leftOut(SECRETS),
  'accounts.verification_codes': leftOut(SECRETS),
  'accounts.registrations': leftOut(PASSING),
  'accounts.signing_keys': leftOut(SECRETS),
  'accounts.setup_links': leftOut(SECRETS),
  'accounts.audit_log': leftOut(CHAINED),
  'accounts.audit_chains': leftOut(CHAINED),
  'accounts.volunteer_documents': leftOut(DOCUMENTS),
  'accounts.professional_documents': leftOut(DOCUMENTS),
  'accounts.documents_to_remove': leftOut(DOCUMENTS),
  'telemetry.connection_consents': leftOut(SECRETS),
  'journal.deliveries': leftOut(PASSING),
  'journal.commands': leftOut(PASSING),
  'journal.jobs': leftOut(OWN),
  'public.muster_migrations': leftOut(OWN),

  'accounts.users': {
    columns: {
      ...keep('id status created_at updated_at deactivated_at last_sign_in_at email_verified_at erased_at'),
      email: 'email',
      password_hash: 'null',
    },
  },
  'accounts.user_grants': { columns: keep('id user_id grant_name granted_by granted_at scope_id') },
  'accounts.user_profiles': {
    columns: {
      ...keep(
        'user_id created_at updated_at language timezone notify_push notify_sms notify_email phone_verified_at',
      ),
      name: 'name',
      phone: 'phone',
      address: 'street',
      photo_url: 'null',
      doctor_name: 'name',
      doctor_phone: 'phone',
    },
  },
  'accounts.emergency_contacts': {
    columns: { ...keep('user_id position'), name: 'name', phone: 'phone', relationship: 'words' },
  },
  'accounts.volunteers': {
    columns: keep(
      `user_id skills verified available average_rating cancellation_count verified_at verified_by created_at updated_at quiet_from_min quiet_to_min rest_after_alert_min rating_count revoked_at revoked_by`,
    ),
  },
  'accounts.shifts': { columns: keep('id user_id weekday from_min to_min timezone') },
  'accounts.certifications': {
    columns: {
      ...keep('id user_id issued_on expires_on skill created_at'),
      name: 'words',
      issued_by: 'organisation',
      document_id: 'null',
    },
  },
  'accounts.professionals': {
    columns: {
      ...keep(
        'user_id profession verified verified_at verified_by revoked_at revoked_by created_at updated_at',
      ),
      license_number: 'licence',
      specialization: 'specialty',
      hospital_affiliation: 'organisation',
    },
  },
  'accounts.verification_decisions': {
    columns: { ...keep('id user_id role verified document_ids decided_by decided_at'), note: 'words' },
  },
  'accounts.invitations': {
    columns: {
      ...keep('id grants scope_id invited_by created_at expires_at accepted_at accepted_by'),
      email: 'email',
      token_hash: 'unusable',
    },
  },
  'accounts.devices': {
    columns: {
      ...keep(
        'id user_id kind app can_push can_sound battery_pct last_contact_at paired_at revoked_at revoked_by',
      ),
      name: 'words',
      secret_hash: 'unusable',
      tracker_hash: 'null',
      would_not_ring: 'words',
    },
  },
  'accounts.suspicious_activities': {
    columns: { ...keep('id user_id activity_type created_at'), details: 'empty_json', ip_address: 'null' },
  },
  'accounts.break_glass': {
    columns: { ...keep('id user_id subject_user_id opened_at until'), reason: 'words' },
  },

  'care.patients': {
    columns: {
      ...keep(
        'id user_id gender phone_type preferred_contact_method best_time_to_contact is_active created_by created_at updated_at',
      ),
      first_name: 'first_name',
      last_name: 'last_name',
      date_of_birth: 'birthday',
      email: 'email',
      phone: 'phone',
      alternate_phone: 'phone',
      address: 'street',
      city: 'city',
      state: 'region',
      postal_code: 'postal_code',
      country: 'region',
      emergency_contact_name: 'name',
      emergency_contact_phone: 'phone',
      emergency_contact_relationship: 'words',
      emergency_contact2_name: 'name',
      emergency_contact2_phone: 'phone',
    },
  },
  'care.care_team': { columns: keep('patient_id user_id role since until added_by id') },

  'dispatch.responders': {
    person: 'user_id',
    columns: {
      ...keep('user_id skills verified available located_at updated_at'),
      location: 'place',
    },
  },
  'dispatch.sos_requests': {
    person: 'user_id',
    columns: {
      ...keep(
        `id client_id user_id emergency_type priority status accepted_by created_at accepted_at started_at resolved_at closed_at wave radius_m next_wave_at escalation_level policy_version seq origin raised_by is_drill drill_for duplicates joined_ids merged_into rule seeking_since rungs_climbed owner_id hold_until edit_seq hand_off alert_id`,
      ),
      location: 'place',
      description: 'words',
      callback_number: 'phone',
      address_text: 'street',
    },
  },
  'dispatch.sos_offers': {
    columns: keep(
      `sos_id id responder_id wave distance_m eta_ms status sent_at expires_at answered_at p_arrive fits_all close_reason delivered_at seen_at`,
    ),
  },
  'dispatch.sos_slots': {
    columns: keep(
      'sos_id slot role holder_id offer_id held_at skills behind departed_at arrived_at nudged_at',
    ),
  },
  'dispatch.sos_holdings': {
    columns: keep(
      'sos_id responder_id held_at slot role offer_id primary_at departed_at arrived_at started_at ended_at ended_by',
    ),
  },
  'dispatch.handoffs': {
    columns: {
      ...keep('sos_id id state by_user created_at attempts due_at last_error finished_at'),
      service: 'words',
      reference: 'words',
      note: 'words',
    },
  },
  'dispatch.area_broadcasts': {
    columns: {
      ...keep(
        `id created_by created_at audience on_duty_only seen_within severity until_at state recipients told delivered seen ended_at ended_by`,
      ),
      area: 'empty_json',
      message: 'words',
    },
  },
  'dispatch.broadcast_recipients': {
    columns: keep('broadcast_id user_id chosen_at told_at delivered_at seen_at end_told_at'),
  },
  'dispatch.shifts': {
    columns: {
      ...keep('id dispatcher_id started_at ended_at handed_to owned_sos handed_sos handed_over_at'),
      note: 'words',
    },
  },
  'dispatch.holders': { columns: keep('user_id sos_id slot') },
  'dispatch.sos_rejections': { columns: keep('sos_id volunteer_id created_at') },
  'dispatch.sos_cancellations': {
    columns: { ...keep('sos_id id volunteer_id created_at'), reason: 'words' },
  },
  'dispatch.chat_messages': {
    columns: { ...keep('sos_id id sender_id is_read created_at seq'), content: 'words' },
  },
  'dispatch.chat_reads': { columns: keep('sos_id reader_id seq at') },
  'dispatch.sos_feedback': {
    columns: { ...keep('sos_id id volunteer_id by_user rating created_at'), comment: 'words' },
  },
  'dispatch.figures_due': { columns: keep('user_id changes') },
  'dispatch.deadlines': { columns: { ...keep('sos_id due_at'), lease_until: 'null', owner: 'null' } },
  'dispatch.policies': { columns: keep('version body created_by created_at') },

  'telemetry.user_locations': {
    person: 'user_id',
    columns: { ...keep('user_id accuracy_m fix_at received_at'), location: 'place' },
  },
  'telemetry.positions': {
    person: 'user_id',
    columns: {
      ...keep(
        'received_at user_id device_id epoch seq fix_at device_at accuracy_m speed_mps heading_deg altitude_m battery_pct late',
      ),
      location: 'place',
    },
  },
  'telemetry.device_cursors': { columns: keep('user_id device_id epoch lane seq updated_at') },
  'telemetry.refused_fixes': { columns: keep('user_id device_id day reason fixes') },
  'telemetry.app_messages': { columns: keep('user_id device_id message_key received_at') },
  'telemetry.device_troubles': { columns: keep('user_id device_id reason detail at') },

  'telemetry.refused_samples': { columns: keep('user_id device_id day lane reason samples') },
  'telemetry.device_clocks': { columns: keep('user_id device_id offset_ms round_trip_ms measured_at') },
  'telemetry.device_alarms': {
    person: 'person_id',
    columns: {
      ...keep('id person_id device_id epoch seq kind raised_at received_at device_at late'),
      location: 'place',
    },
  },

  'telemetry.vitals_samples': {
    columns: keep(
      `received_at person_id device_id epoch seq source recorded_at device_at ${VITALS} doubts late xid`,
    ),
  },
  'telemetry.vitals_hourly': { columns: keep(`person_id vital hour ${FIGURES}`) },
  'telemetry.vitals_daily': { columns: keep(`person_id vital day ${FIGURES}`) },
  'telemetry.vitals_counted': { columns: keep('is_only below_xid received_at after_received_at') },
  'telemetry.vitals_records': {
    columns: {
      ...keep(`id person_id source entered_by recorded_at received_at ${VITALS} doubts late`),
      ...keep('retracted_at retracted_by'),
      device_source: 'words',
      notes: 'words',
    },
  },
  'telemetry.alerts': {
    person: 'person_id',
    columns: {
      ...keep(
        `id seq person_id type condition severity state title count first_at last_at opened_at alarmed_at told_at acknowledged_at acknowledged_by is_false_alarm assigned_at assigned_to assigned_by resolved_at resolved_by notified escalation_level escalate_at sos_state sos_due_at sos_id sos_attached for_dispatchers due_at batch_id`,
      ),
      message: 'words',
      detail: 'empty_json',
      action_taken: 'words',
      location: 'place',
      lease_until: 'null',
      owner: 'null',
    },
  },
  'telemetry.alert_settings': { columns: keep('person_id opens_sos changed_by changed_at') },

  'telemetry.device_connections': {
    columns: {
      ...keep(
        `id user_id provider token_key_id token_version token_expires_at scopes is_active inactive_reason last_sync_at sync_every_ms settings epoch samples_seq next_sync_at not_before failures last_error created_at updated_at`,
      ),
      // A copy that came by them could read somebody's wearable.
      access_token: 'unusable',
      refresh_token: 'unusable',
      device_name: 'words',
      external_user_id: 'words',
      // Names records of the provider.
      watermark: 'empty_json',
      lease_owner: 'null',
      lease_until: 'null',
    },
  },
  'telemetry.device_sync_logs': {
    columns: keep(
      `id connection_id user_id started_at completed_at status records_synced samples_stored error_code error_message created_at`,
    ),
  },
  'telemetry.observations': {
    columns: {
      ...keep('id person_id submitted_by identifier_system version status code recorded_at from_at to_at'),
      identifier_value: 'null',
    },
  },
  'telemetry.observation_versions': {
    columns: {
      ...keep(
        'observation_id version person_id status code effective_kind effective_start effective_end issued by_account at',
      ),
      members: 'default',
      device: 'words',
      notes: 'words',
    },
  },
  'telemetry.observation_values': {
    columns: keep('observation_id version place person_id code number choice absent'),
  },

  'journal.streams': { columns: keep('kind stream_id head low') },
  'journal.events': {
    person: 'actor_id',
    columns: {
      ...keep('kind stream_id seq type actor_id at'),
      data: 'event',
      // A transaction of the source means nothing elsewhere, and one of the future would be told as news.
      xid: 'default',
    },
  },
};
