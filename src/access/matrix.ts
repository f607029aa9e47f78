import type { Way } from './words.ts';

interface Row {
  /** What is behind it; ends up in docs/access.md. */
  readonly about: string;
  /** By action, the ways in. What is not named here is refused. */
  readonly actions: Readonly<Record<string, readonly Way[]>>;
}

/** What somebody keeps of themselves, together with those who care for them. */
const KEPT_TOGETHER = {
  create: ['self', 'professional+own_patient', 'professional+care_team'],
  read: ['self', 'own_patient', 'care_team', 'break_glass'],
  change: ['self', 'professional+own_patient', 'professional+care_team'],
  remove: ['self', 'professional+own_patient', 'professional+care_team'],
  erase: ['admin'],
} as const satisfies Row['actions'];

/** Who may do what with what. The one place where it is decided; everything that is not written here is refused. */
export const MATRIX = {
  sos: {
    about: 'a call for help with its exact place, names and every step',
    actions: {
      create: ['signed_in'],
      raise: ['dispatcher'],
      list: ['dispatcher'],
      read: ['requester', 'holder', 'dispatcher'],
      depart: ['holder'],
      arrive: ['holder'],
      start: ['holder'],
      withdraw: ['holder'],
      resolve: ['holder', 'dispatcher'],
      cancel: ['requester', 'dispatcher'],
      escalate: ['dispatcher'],
      take_over: ['dispatcher'],
      assign: ['dispatcher'],
      release: ['dispatcher'],
      hold: ['dispatcher'],
      unhold: ['dispatcher'],
      reopen: ['dispatcher'],
      merge: ['dispatcher'],
      hand_off: ['dispatcher'],
      export: ['dispatcher'],
    },
  },
  sos_history: {
    about: 'the SOS that one person raised or helped in; of those they helped in without the exact place',
    actions: { read: ['self', 'dispatcher'] },
  },
  statistics: { about: 'what one person did to help', actions: { read: ['self'] } },
  report: {
    about: 'what all SOS add up to: times of the phases, and what each volunteer did',
    actions: { read: ['dispatcher', 'admin'] },
  },
  sos_asked: {
    about: 'who was asked to help in an SOS, who said no, and why others were passed over',
    actions: { read: ['dispatcher'] },
  },
  offer: {
    about: 'an offer: a cell, a band of distance and a kind of emergency',
    actions: { read: ['asked'], receive: ['asked'], accept: ['asked'], decline: ['asked'] },
  },
  chat: {
    about: 'what requester and holder write to each other, and the dispatcher to whom the SOS belongs',
    actions: {
      read: ['requester', 'holder', 'dispatcher+owner'],
      send: ['requester', 'holder', 'dispatcher+owner'],
    },
  },
  feedback: {
    about: 'who helped in an SOS, and what those who were helped say of it',
    actions: { give: ['requester'], read: ['requester', 'dispatcher'] },
  },
  ratings: { about: 'what was said of somebody’s help, without who said it', actions: { read: ['self'] } },
  inbox: { about: 'what one person is told', actions: { read: ['self'] } },
  feed: {
    about: 'every open SOS and every responder with exact positions, live',
    actions: { watch: ['dispatcher'] },
  },
  position: {
    about: 'the positions of one person; to follow is to see where whoever comes to help is now',
    actions: { read: ['self', 'dispatcher'], follow: ['requester'], send: ['self'] },
  },
  broadcast: {
    about: 'what everybody in an area is told, and how many have received it',
    actions: { send: ['dispatcher'], read: ['dispatcher'], end: ['dispatcher'], receive: ['self'] },
  },
  shift: {
    about: 'which dispatcher is on shift, and to whom they handed over',
    actions: { read: ['dispatcher', 'admin'], work: ['dispatcher'], hand_over: ['dispatcher'] },
  },
  places: {
    about: 'looking up where a caller is by what they say',
    actions: { search: ['dispatcher'] },
  },
  hand_offs: {
    about: 'SOS that an external service has to be told of and has not answered',
    actions: { read: ['dispatcher', 'admin'] },
  },
  policy: {
    about: 'the policy by which responders are chosen',
    actions: { read: ['dispatcher', 'admin'], change: ['admin'] },
  },
  duty: {
    about: 'whether somebody is available',
    actions: { set: ['volunteer+self', 'professional+self'] },
  },
  account: {
    about: 'whether somebody may sign in',
    actions: {
      read: ['self', 'admin'],
      search: ['admin'],
      suspend: ['admin'],
      deactivate: ['self', 'admin'],
      reactivate: ['admin'],
    },
  },
  profile: {
    about: 'name, phone, address, preferences',
    actions: { read: ['self', 'admin', 'holder', 'dispatcher'], change: ['self'] },
  },
  emergency_contacts: {
    about: 'whom to call for somebody',
    actions: { read: ['self', 'care_team', 'own_patient', 'dispatcher', 'break_glass'], change: ['self'] },
  },
  volunteers: {
    about: 'those who offer help, with skills and verification',
    actions: { list: ['dispatcher', 'admin'], verify: ['admin'] },
  },
  professionals: {
    about: 'licence, specialisation and affiliation of those who help by profession',
    actions: { list: ['dispatcher', 'admin'], verify: ['admin'] },
  },
  documents: {
    about: 'proofs that somebody uploaded for verification',
    actions: { read: ['self', 'admin'], upload: ['self'], remove: ['self', 'admin'], verify: ['admin'] },
  },
  grants: {
    about: 'what somebody has been granted',
    actions: { read: ['self', 'admin'], change: ['admin'] },
  },
  sessions: {
    about: 'where somebody is signed in',
    actions: { read: ['self', 'admin'], end: ['self', 'admin'] },
  },
  devices: {
    about: 'what somebody’s positions and vital signs come from',
    actions: { read: ['self', 'admin'], pair: ['self'], revoke: ['self', 'admin'] },
  },
  push: {
    about: 'the browsers in which somebody wants to be woken when they are asked to help',
    actions: { read: ['self'], change: ['self'] },
  },
  notification: {
    about: 'what somebody was told in the program, and which of it they have read',
    actions: { read: ['self'], change: ['self'] },
  },
  connections: {
    about: 'the clouds of wearables that somebody lets us read their vital signs from',
    actions: { connect: ['self'], read: ['self'], change: ['self'], end: ['self'] },
  },
  invitations: {
    about: 'who was asked to join',
    actions: { read: ['admin'], send: ['admin'], revoke: ['admin'] },
  },
  suspicious_activities: { about: 'what looks wrong', actions: { read: ['admin'], review: ['admin'] } },
  audit_log: {
    about: 'who did what, and who was refused',
    actions: { read: ['admin'], verify: ['admin'] },
  },
  jobs: {
    about: 'what nodes do every so often, and when they did it last',
    actions: { read: ['admin'], run: ['admin'] },
  },
  disclosures: { about: 'who looked at somebody’s record or position', actions: { read: ['self'] } },
  break_glass: {
    about: 'reading a record in an emergency without being in charge, with a reason and an alarm',
    actions: { use: ['professional', 'dispatcher'], read: ['admin'] },
  },
  patient: {
    about: 'a patient’s health record',
    actions: {
      create: ['professional', 'admin'],
      read: ['self', 'professional+own_patient', 'professional+care_team', 'break_glass'],
      change: ['professional+own_patient', 'professional+care_team'],
      remove: ['professional+own_patient'],
      erase: ['admin'],
    },
  },
  self_log: {
    about:
      'what a person logs of themselves: what they drank, how they slept, what they took, how they exercised',
    actions: KEPT_TOGETHER,
  },
  care_fact: {
    about:
      'what holds of a person for a time and they keep together with those who care: medication, providers',
    actions: KEPT_TOGETHER,
  },
  clinical_record: {
    about: 'what professionals decide and find: prescriptions, results, notes',
    actions: {
      create: ['professional+own_patient', 'professional+care_team'],
      read: [
        'self',
        'professional+own_patient',
        'professional+care_team',
        'professional+party',
        'break_glass',
      ],
      change: ['professional+own_patient', 'professional+care_team'],
      remove: ['professional+own_patient', 'professional+care_team'],
      erase: ['admin'],
    },
  },
  appointment: {
    about: 'when a patient sees whom',
    actions: {
      create: ['self', 'professional+own_patient', 'professional+care_team', 'staff'],
      read: ['self', 'own_patient', 'care_team', 'professional+party', 'staff', 'break_glass'],
      change: ['professional+own_patient', 'professional+care_team', 'professional+party', 'staff'],
      remove: ['professional+own_patient', 'professional+care_team', 'professional+party', 'staff'],
      erase: ['admin'],
    },
  },
  message: {
    about:
      'what a patient and somebody who cares for them write to each other; a message is of these two alone',
    actions: {
      create: ['self', 'professional+own_patient', 'professional+care_team'],
      read: ['party'],
      change: ['party'],
      remove: ['party'],
      erase: ['admin'],
    },
  },
  schedule: {
    about: 'the hours in which a professional sees people',
    actions: {
      create: ['professional+party', 'staff', 'admin'],
      read: ['signed_in'],
      change: ['professional+party', 'staff', 'admin'],
      remove: ['professional+party', 'staff', 'admin'],
      erase: ['admin'],
    },
  },
  catalogue: {
    about: 'what everybody may look up: food, exercises',
    actions: {
      create: ['professional', 'admin'],
      read: ['signed_in'],
      change: ['professional', 'admin'],
      remove: ['admin'],
      erase: ['admin'],
    },
  },
  hospital: {
    about: 'a hospital: where it is, what it offers, and whether it was approved',
    actions: {
      create: ['admin'],
      read: ['signed_in'],
      change: ['hospital_authority+own_hospital', 'admin'],
      decide: ['admin'],
      remove: ['admin'],
      erase: ['admin'],
    },
  },
  hospital_fact: {
    about: 'what a hospital says of itself to everybody: how many beds are free, what they cost',
    actions: {
      create: ['hospital_authority+own_hospital', 'admin'],
      read: ['signed_in'],
      change: ['hospital_authority+own_hospital', 'admin'],
      remove: ['hospital_authority+own_hospital', 'admin'],
      erase: ['admin'],
    },
  },
  hospital_log: {
    about: 'who changed how many beds a hospital has, written by the database',
    actions: { read: ['hospital_authority+own_hospital', 'admin'] },
  },
  booking: {
    about: 'what somebody asks a hospital for: a bed, a theatre, blood',
    actions: {
      create: ['self', 'professional+own_patient', 'professional+care_team'],
      read: ['self', 'own_patient', 'care_team', 'hospital_authority+own_hospital', 'break_glass'],
      change: [
        'self',
        'professional+own_patient',
        'professional+care_team',
        'hospital_authority+own_hospital',
      ],
      decide: ['hospital_authority+own_hospital'],
      remove: ['self', 'professional+own_patient', 'professional+care_team'],
      erase: ['admin'],
    },
  },
  payment: {
    about: 'what somebody paid, and what they have in their wallet; without what it was for but the booking',
    actions: {
      create: ['hospital_authority+own_hospital', 'admin'],
      read: ['self', 'hospital_authority+own_hospital', 'admin'],
      change: ['hospital_authority+own_hospital', 'admin'],
    },
  },
  payment_config: {
    about: 'through whom payments are made, without what opens them',
    actions: {
      create: ['admin'],
      read: ['admin'],
      change: ['admin'],
      remove: ['admin'],
      erase: ['admin'],
    },
  },
  vitals: {
    about: 'the vital signs of one person: samples, scores, series',
    actions: {
      send: ['self'],
      read: ['self', 'own_patient', 'care_team', 'break_glass'],
      record: ['self', 'professional+own_patient', 'professional+care_team'],
    },
  },
  thresholds: {
    about: 'what the vital signs of one person are judged by: limits, goals, scale 2, pregnancy',
    actions: {
      read: ['self', 'own_patient', 'care_team', 'break_glass'],
      change: ['professional+own_patient', 'professional+care_team'],
    },
  },
  alert: {
    about: 'what was found about one person that others have to know',
    actions: {
      read: ['self', 'own_patient', 'care_team', 'dispatcher+escalated', 'break_glass'],
      acknowledge: ['self', 'own_patient', 'care_team', 'dispatcher+escalated'],
      // Somebody else has to know: whoever it is about may be in no state to judge.
      acknowledge_critical: ['own_patient', 'care_team', 'dispatcher+escalated'],
      assign: ['own_patient', 'care_team', 'dispatcher+escalated'],
      resolve: ['self', 'own_patient', 'care_team', 'dispatcher+escalated'],
      resolve_critical: ['own_patient', 'care_team', 'dispatcher+escalated'],
      cancel_sos: ['self', 'own_patient', 'care_team', 'dispatcher+escalated'],
    },
  },
  alert_settings: {
    about: 'whether a machine may call for help for somebody',
    actions: {
      read: ['self', 'own_patient', 'care_team'],
      change: ['self', 'professional+own_patient', 'professional+care_team'],
    },
  },
  geofence: {
    about: 'a fence around a place: what is told when one person comes in, goes out or stays',
    actions: {
      read: ['self', 'professional+own_patient', 'professional+care_team', 'dispatcher'],
      change: ['self', 'professional+own_patient', 'professional+care_team', 'dispatcher'],
    },
  },
  care_team: {
    about: 'who cares for a patient, since when and in what role',
    actions: {
      read: ['self', 'own_patient', 'care_team', 'admin', 'break_glass'],
      change: ['professional+own_patient', 'admin'],
    },
  },
  personal_data: {
    about: 'everything that is kept about one person',
    actions: { export: ['self', 'admin'], erase: ['self', 'admin'] },
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Resource = keyof typeof MATRIX;
export type ActionOf<R extends Resource> = keyof (typeof MATRIX)[R]['actions'] & string;
