import { keep, type LeftOut, leftOut, type MaskedTable, SECRETS } from './mask.ts';
import { TELEMETRY_MASKING } from './masking-telemetry.ts';
import { RECORD_MASKING } from './records/personal.ts';

const CHAINED = 'chained by hash over real words and addresses: a copy with others would be a broken chain';
const DOCUMENTS = 'scans of papers can not be masked';
const PASSING = 'serves the next minutes only, with addresses and one-time words';
const OWN = 'a database keeps its own';
const VERSIONS = 'what records were before: whole rows of real words; a copy begins with how they are now';

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
  'accounts.audit_due': leftOut(CHAINED),
  'accounts.volunteer_documents': leftOut(DOCUMENTS),
  'accounts.professional_documents': leftOut(DOCUMENTS),
  'accounts.documents_to_remove': leftOut(DOCUMENTS),
  'journal.deliveries': leftOut(PASSING),
  'care.message_attachments': leftOut(DOCUMENTS),
  'care.notifications': leftOut(PASSING),
  'care.push_subscriptions': leftOut(SECRETS),
  'journal.commands': leftOut(PASSING),
  'journal.jobs': leftOut(OWN),
  'journal.nodes': leftOut(OWN),
  'journal.spent': leftOut(OWN),
  'dispatch.presence': leftOut(OWN),
  'public.muster_migrations': leftOut(OWN),
  'public.muster_backfills': leftOut(OWN),

  'accounts.users': {
    columns: {
      ...keep('id status created_at updated_at deactivated_at last_sign_in_at email_verified_at erased_at'),
      email: 'email',
      password_hash: 'null',
    },
  },
  'accounts.changes': leftOut(OWN),
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

  ...RECORD_MASKING,
  'care.record_history': leftOut(VERSIONS),
  'recovery.record_history': leftOut(VERSIONS),
  'hospital.record_history': leftOut(VERSIONS),
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
      `sos_id id responder_id wave distance_m eta_ms status sent_at expires_at answered_at p_arrive fits_all close_reason delivered_at seen_at unreached_at`,
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

  ...TELEMETRY_MASKING,

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
