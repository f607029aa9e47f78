import { keep, type LeftOut, leftOut, type MaskedTable, SECRETS } from './mask.ts';

const VITALS =
  'heart_rate_bpm systolic_mmhg diastolic_mmhg spo2_pct respiration_per_min temperature_c oxygen_lpm weight_kg glucose_mmol_l consciousness on_oxygen';
const FIGURES =
  'samples doubted mean lowest lowest_at highest highest_at first_value first_at last_value last_at';

/** What becomes of what devices measured and what follows from it. */
export const TELEMETRY_MASKING: Readonly<Record<string, MaskedTable | LeftOut>> = {
  'telemetry.connection_consents': leftOut(SECRETS),
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
  'telemetry.geofences': {
    columns: {
      ...keep('id person_id on_enter on_exit dwell_after active tells_team created_by created_at changed_at'),
      name: 'words',
      shape: 'empty_json',
    },
  },
  'telemetry.geofence_states': {
    columns: keep('fence_id person_id inside since has_dwelled version changed_at'),
  },
  'telemetry.vitals_hourly': { columns: keep(`person_id vital hour ${FIGURES}`) },
  'telemetry.vitals_daily': { columns: keep(`person_id vital day ${FIGURES}`) },
  'telemetry.vitals_counted': { columns: keep('is_only below_xid received_at after_received_at') },
  'telemetry.vitals_records': {
    columns: {
      ...keep(`id person_id source entered_by recorded_at received_at ${VITALS} doubts late`),
      ...keep('is_seen retracted_at retracted_by'),
      device_source: 'words',
      notes: 'words',
    },
  },
  'telemetry.thresholds': {
    columns: {
      ...keep(
        `person_id version changed_at changed_by resting_heart_rate_bpm target_heart_rate_bpm max_heart_rate_bpm`,
      ),
      ...keep(
        'systolic_goal_low_mmhg systolic_goal_high_mmhg diastolic_goal_low_mmhg diastolic_goal_high_mmhg',
      ),
      ...keep('weight_goal_kg weight_gain_kg spo2_scale scale_ordered_by scale_ordered_at is_pregnant'),
      ...keep('duration_ms repeat_ms no_data_after_ms expected'),
      reason: 'words',
    },
  },
  'telemetry.threshold_limits': {
    columns: keep(
      'person_id version vital low_critical low_warning high_warning high_critical margin duration_ms repeat_ms',
    ),
  },
  'telemetry.vitals_watch': leftOut('made of the samples again'),
  'telemetry.news2_scores': {
    columns: {
      ...keep('person_id scored_at scale complete total at_least at_most risk is_age_unknown'),
      ...keep('respiration_per_min respiration_points respiration_age_ms spo2_pct spo2_points spo2_age_ms'),
      ...keep('on_oxygen oxygen_points oxygen_age_ms systolic_mmhg systolic_points systolic_age_ms'),
      ...keep('pulse_bpm pulse_points pulse_age_ms consciousness consciousness_points consciousness_age_ms'),
      ...keep('temperature_c temperature_points temperature_age_ms'),
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
};
