/** What erasing a person does to their rows: take them out, blank these columns, or leave them and why. */
export type OnErase = 'delete' | { readonly set: string } | { readonly keep: string };

/** Rows that are about a person in another way than the subject of their table says. `t` is the row, `$1` the person. */
export interface PersonalRelation {
  readonly table: string;
  /** How these rows have to do with the person; names them in the export. */
  readonly as: string;
  /** SQL: which rows. */
  readonly rows: string;
  /**
   * SQL: the same, where rows are found in no order: of them at least the first `most` behind the id that `after` is, or is
   * null, and perhaps some before it.
   */
  readonly page?: (after: string, most: number) => string;
  /** False: none of it is given to the person, because it is not theirs to know. */
  readonly exported: boolean;
  readonly onErase: OnErase;
}

const OWN_SOS = 'select s.id from dispatch.sos_requests s where s.user_id = $1';
const THEIR_ALERTS = 'select a.id from telemetry.alerts a where a.person_id = $1';
const THEIR_EMAIL = 'select lower(u.email) from accounts.users u where u.id = $1';
// Anybody may state any number; only one that was proved is theirs.
const THEIR_PHONE =
  'select p.phone from accounts.user_profiles p where p.user_id = $1 and p.phone_verified_at is not null';
const IDS_ONLY = { keep: 'holds ids, kinds and times only' } as const;

/** About a kilometre: what an incident's timeline keeps of a place once its person is nobody. */
const coarse = (degrees: string) => `round((${degrees})::numeric, 2)`;

/** SQL: the place of an SOS, coarse. */
export const COARSE_LOCATION = `st_setsrid(st_makepoint(${coarse('st_x(location::geometry)')}, ${coarse('st_y(location::geometry)')}), 4326)::geography`;

/** SQL: what is left of an event once the words and the exact place are out of it. */
export const WORDLESS_EVENT = `case t.type
  when 'chat.message' then t.data || '{"text": "[erased]"}'
  when 'sos.withdrawn' then t.data || '{"reason": null}'
  when 'sos.cancelled' then t.data || '{"reason": null}'
  when 'sos.holder_released' then t.data || '{"reason": null}'
  when 'sos.held' then t.data || '{"reason": null}'
  when 'sos.reopened' then t.data || '{"reason": null}'
  when 'shift.handed_over' then t.data || '{"note": null}'
  when 'sos.handed_off' then t.data || '{"note": null, "reference": null}'
  when 'sos.created' then t.data || '{"description": null, "addressText": null, "callbackNumber": null}' || case when t.data ? 'point' then jsonb_build_object('point',
    jsonb_build_object('lat', ${coarse("t.data #>> '{point,lat}'")}, 'lng', ${coarse("t.data #>> '{point,lng}'")})) else '{}' end
  else case when t.type like 'alert.%' then t.data || jsonb_build_object('alert',
    (t.data -> 'alert') - array['message', 'detail', 'actionTaken']) else t.data end end`;

/**
 * What else is about a person. Carried out before {@link PERSONAL_DATA} when somebody is erased, because it finds rows by
 * what that takes out.
 */
export const PERSONAL_RELATIONS: readonly PersonalRelation[] = [
  {
    table: 'accounts.invitations',
    as: 'sent to their address',
    rows: `lower(t.email) = (${THEIR_EMAIL}) and t.accepted_by is distinct from $1`,
    exported: true,
    onErase: 'delete',
  },
  {
    table: 'accounts.registrations',
    as: 'asked for with their address',
    rows: `lower(t.email) = (${THEIR_EMAIL})`,
    // Hashes and what somebody else may have typed.
    exported: false,
    onErase: 'delete',
  },
  {
    table: 'journal.deliveries',
    as: 'sent to their address',
    rows: `t.user_id is distinct from $1 and (lower(t.recipient) = (${THEIR_EMAIL}) or t.recipient = (${THEIR_PHONE}))`,
    exported: true,
    onErase: 'delete',
  },
  {
    table: 'accounts.suspicious_activities',
    as: 'names them',
    rows: `t.details ->> 'subjectUserId' = $1::text`,
    exported: true,
    onErase: IDS_ONLY,
  },
  {
    table: 'accounts.audit_log',
    as: 'what they did',
    rows: 't.actor_id = $1 and t.subject_user_id is distinct from $1',
    exported: true,
    onErase: { keep: 'who did what is kept unchanged, by ids' },
  },
  {
    table: 'accounts.audit_log',
    as: 'seen among others',
    rows: 't.subject_user_ids @> array[$1]::uuid[]',
    // The one it begins after is found, too.
    page: (after, most) =>
      `t.id = any(array(select accounts.audit_among($1, null, ${after}, null, ${most + 1}, true)))`,
    exported: true,
    onErase: { keep: 'who looked at whom is kept unchanged, by ids' },
  },
  {
    table: 'accounts.break_glass',
    as: 'what they opened',
    rows: 't.user_id = $1 and t.subject_user_id <> $1',
    exported: true,
    onErase: { keep: 'who broke the glass and why is kept unchanged' },
  },
  {
    table: 'care.care_team',
    as: 'who cares for them',
    rows: 't.user_id <> $1 and t.patient_id in (select p.id from care.patients p where p.user_id = $1)',
    exported: true,
    onErase: IDS_ONLY,
  },
  {
    table: 'care.messages',
    as: 'with patients of theirs',
    rows: `(t.sender_id = $1 or t.recipient_id = $1)
      and t.patient_id not in (select p.id from care.patients p where p.user_id = $1)`,
    exported: true,
    onErase: { keep: 'belongs to the health record of the patient; they are an id in it' },
  },
  {
    table: 'care.doctor_schedules',
    as: 'their hours',
    rows: 't.doctor_id = $1',
    exported: true,
    onErase: 'delete',
  },
  {
    table: 'dispatch.chat_messages',
    as: 'written to them',
    rows: `t.sender_id <> $1 and t.sos_id in (${OWN_SOS})`,
    exported: true,
    // Whoever comes to help calls people by their names.
    onErase: { set: "content = '[erased]'" },
  },
  {
    table: 'dispatch.sos_cancellations',
    as: 'why helpers of theirs gave up',
    rows: `t.volunteer_id <> $1 and t.sos_id in (${OWN_SOS})`,
    exported: false,
    onErase: { set: 'reason = null' },
  },
  {
    table: 'dispatch.sos_feedback',
    as: 'said of their help',
    rows: 't.volunteer_id = $1',
    exported: true,
    onErase: { set: 'comment = null' },
  },
  {
    table: 'dispatch.handoffs',
    as: 'what others were told of their SOS',
    rows: `t.by_user is distinct from $1 and t.sos_id in (${OWN_SOS})`,
    exported: true,
    onErase: { set: 'note = null, reference = null' },
  },
  {
    table: 'journal.events',
    as: 'of their SOS',
    rows: `t.kind in ('sos', 'chat') and t.actor_id is distinct from $1 and t.stream_id in (${OWN_SOS})`,
    exported: true,
    onErase: { set: `data = ${WORDLESS_EVENT}` },
  },
  {
    table: 'journal.events',
    as: 'of alerts about them',
    rows: `t.kind = 'alert' and t.actor_id is distinct from $1 and t.stream_id in (${THEIR_ALERTS})`,
    exported: true,
    onErase: { set: `data = ${WORDLESS_EVENT}` },
  },
  {
    table: 'journal.events',
    as: 'of records about them',
    rows: `t.kind = 'record' and t.actor_id is distinct from $1 and t.stream_id = $1`,
    exported: true,
    onErase: IDS_ONLY,
  },
  {
    table: 'journal.events',
    as: 'of alerts about them, told to others',
    rows: `t.kind = 'inbox' and t.stream_id <> $1 and t.actor_id is distinct from $1 and t.type like 'alert.%'
      and t.data #>> '{alert,personId}' = $1::text`,
    // The same as in the alerts themselves, once for everybody who was told.
    exported: false,
    onErase: { set: `data = ${WORDLESS_EVENT}` },
  },
  {
    table: 'journal.events',
    as: 'told to them',
    rows: `t.kind = 'inbox' and t.stream_id = $1 and t.actor_id is distinct from $1`,
    exported: true,
    onErase: 'delete',
  },
  {
    table: 'journal.streams',
    as: 'their inbox',
    rows: `t.kind = 'inbox' and t.stream_id = $1`,
    exported: false,
    // What is below is gone, so whoever resumes there is told so.
    onErase: { set: 'low = head + 1' },
  },
];

/** A place as it can be read; else it would be the database's own bytes. */
const WITH_PLACE = `to_jsonb(t) || jsonb_build_object('location', case when t.location is null then null else
  jsonb_build_object('lat', st_y(t.location::geometry), 'lng', st_x(t.location::geometry)) end)`;

/**
 * What a row shows the person, where that is less than the whole: who was asked and who said no is for dispatchers, how far
 * exactly somebody in trouble was from a helper tells where they were, from where an administrator looked is theirs, and of
 * those who were seen together each learns only how many they were.
 * SQL by table, `t` is the row, `$1` the person.
 */
export const SHOWN_TO_PERSON: Readonly<Record<string, string>> = {
  'accounts.audit_log': `to_jsonb(t) - array['hash', 'prev_hash', 'chain', 'chain_seq', 'subject_user_ids', 'resource_ids']
    || case when t.subject_user_ids is null then '{}'::jsonb else jsonb_build_object('subjects', cardinality(t.subject_user_ids),
      'subject_user_id', case when t.subject_user_ids @> array[$1]::uuid[] then $1 end,
      'resource_id', coalesce(t.resource_id, t.resource_ids[array_position(t.subject_user_ids, $1)])) end
    || case when t.actor_id = $1 then '{}'::jsonb else '{"address": null}' end`,
  'care.patients': `to_jsonb(t) - 'search'`,
  'dispatch.responders': WITH_PLACE,
  'dispatch.sos_requests': `(${WITH_PLACE}) - array['rule', 'duplicates', 'callback_number']`,
  'telemetry.user_locations': WITH_PLACE,
  'telemetry.positions': WITH_PLACE,
  'telemetry.vitals_samples': `to_jsonb(t) - 'xid'`,
  'telemetry.device_alarms': WITH_PLACE,
  'telemetry.alerts': `(${WITH_PLACE}) - array['batch_id', 'lease_until', 'owner']`,
  'dispatch.sos_feedback': `case when t.by_user = $1 then to_jsonb(t) else to_jsonb(t) - 'by_user' end`,
  'dispatch.sos_offers': `to_jsonb(t) - array['distance_m', 'eta_ms', 'p_arrive']`,
  'journal.events': `to_jsonb(t) - array['xid', 'data'] || jsonb_build_object('data', case t.type
    when 'sos.created' then t.data - array['rule', 'duplicates', 'callbackNumber']
    when 'sos.wave_sent' then (t.data - array['offers', 'match']) || jsonb_build_object('offers', jsonb_array_length(t.data -> 'offers'))
    when 'sos.offers_received' then '{}'::jsonb
    when 'sos.offer_declined' then t.data - 'responderId'
    when 'sos.reserve_joined' then t.data - 'responderId'
    when 'sos.holder_assigned' then t.data - 'despite'
    when 'sos.accepted' then t.data - 'distanceM'
    else t.data end)`,
};
