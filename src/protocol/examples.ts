import type { DownBody, DownFrame, DownKind } from './down.ts';
import { errorBody } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { UpBody, UpFrame, UpKind } from './up.ts';
import { WIRE_VERSION } from './version.ts';

/** One frame of the example session: who sends it, and what to notice. */
export interface ExampleFrame {
  readonly from: 'client' | 'server';
  readonly frame: UpFrame | DownFrame;
  readonly note: string;
}

export interface ExampleStep {
  readonly title: string;
  readonly frames: readonly ExampleFrame[];
}

const anId = (what: number, number: number) =>
  `0197a5e0-${String(what).padStart(4, '0')}-7000-8000-${String(number).padStart(12, '0')}`;

const REQUESTER = anId(1, 1);
const RESPONDER = anId(1, 2);
const NODE = anId(2, 1);
const SOS = anId(3, 1);
const OFFER = anId(4, 1);
const MESSAGE = anId(5, 1);
/** Made by clients, so any UUID. */
const COMMANDS = {
  accept: '4dbf62a8-5a5f-4d43-a5a1-6d4b7f0a9e01',
  start: '0a4e3c0c-1c0b-4b6e-8d59-2f1f6a7f9e02',
  chat: 'b8f5a6a1-7f2b-4a52-9c0e-93a3c1b2fe03',
  resolve: '6f2c9d52-3ad1-4d4e-9b0a-0b6b3b3d7e04',
} as const;
const DEVICE = '2b7d5b0e-9f8c-4a55-b0a4-0e7f6a1c3d05';
const EPOCH = '91c3a7f2-6d7e-4c1b-8a2f-5b4d3e2f1a06';

const START_MS = 1_780_000_000_000;
const at = (seconds: number) => START_MS + seconds * 1_000;

function up<K extends UpKind>(kind: K, body: UpBody<K>, note: string): ExampleFrame {
  return { from: 'client', frame: [kind, body] as UpFrame, note };
}

function down<K extends DownKind>(kind: K, body: DownBody<K>, note: string): ExampleFrame {
  return { from: 'server', frame: [kind, body] as DownFrame, note };
}

const inbox = `inbox:${RESPONDER}`;
const sos = `sos:${SOS}`;
const chat = `chat:${SOS}`;

const SIGN_IN: ExampleStep = {
  title: 'Signing in',
  frames: [
    up(
      'hello',
      { token: 'eyJhbGciOi…', client: 'muster-phone 1.4.0', device: { id: DEVICE, epoch: EPOCH } },
      'The first frame, within 5 seconds.',
    ),
    down(
      'welcome',
      {
        userId: RESPONDER,
        grants: ['volunteer'],
        nodeId: NODE,
        wireVersion: WIRE_VERSION,
        nowMs: at(0),
        tokenExpiresAtMs: at(900),
        limits: { ...LIMITS },
        telemetryAckedSeq: 41,
        ackedSeqs: { vitals: 360, alarm: 0 },
      },
      'Fixes up to 41 and vital signs up to 360 are stored already; the device goes on with 42 and 361.',
    ),
    down('resume', { token: 'k1.WyIwMTk3…', forMs: 240_000 }, 'To come back with; the newest one counts.'),
  ],
};

const INBOX: ExampleStep = {
  title: 'Listening to the own inbox',
  frames: [
    up('sub', { stream: inbox, afterSeq: null }, 'Nothing is known yet, so no number to resume from.'),
    down(
      'snapshot',
      { stream: inbox, seq: 6, view: { offers: [], reserves: [], holding: null } },
      'What events 1 to 6 came to: nothing is offered, nothing is held.',
    ),
    down('subscribed', { stream: inbox, headSeq: 6 }, 'Live from here on.'),
  ],
};

const TELEMETRY: ExampleStep = {
  title: 'Telling where one is',
  frames: [
    up(
      'pos',
      {
        epoch: EPOCH,
        seq: 42,
        sentAtMs: at(10),
        fixes: [
          [at(1), 37.7749, -122.4194, 8, 1.4, 90, 16, 81],
          [at(6), 37.7749, -122.4193, 6],
          [at(9), 37.775, -122.4192, null, 1.5],
        ],
      },
      'Three fixes, numbered 42, 43 and 44: 9, 4 and 1 seconds old by the clock of the device.',
    ),
    down(
      'ack',
      { epoch: EPOCH, lane: 'telemetry', seq: 44 },
      'Everything up to 44 is stored: the device may forget it.',
    ),
    down(
      'nack',
      { epoch: EPOCH, lane: 'telemetry', expectedSeq: 45 },
      'To a frame that began with 60: 45 to 59 never arrived. Send again from 45.',
    ),
    down(
      'rate',
      { lane: 'telemetry', intervalMs: 1_000 },
      'This person is in an open SOS now: a fix every second, please.',
    ),
    up(
      'vit',
      {
        epoch: EPOCH,
        seq: 361,
        sentAtMs: at(10),
        samples: [
          [at(9), { heartRateBpm: 118, spo2Pct: 93 }],
          [at(10), { heartRateBpm: 121, systolicMmhg: 104, diastolicMmhg: 71, consciousness: 'A' }],
        ],
      },
      'Vital signs have numbers of their own: these wait behind no backlog of fixes.',
    ),
    down('ack', { epoch: EPOCH, lane: 'vitals', seq: 362 }, 'Both samples are stored.'),
    up(
      'alarm',
      { epoch: EPOCH, seq: 1, sentAtMs: at(11), alarms: [[at(11), 'fall', 37.775, -122.4192]] },
      'The watch has noticed a fall.',
    ),
    down('ack', { epoch: EPOCH, lane: 'alarm', seq: 1 }, 'It is stored, and those who have to know will.'),
    up(
      'now',
      { sentAtMs: at(12), fix: [at(12), 37.775, -122.4191, 5], vitals: [at(12), { heartRateBpm: 124 }] },
      'How things are now, while yesterday is still being sent.',
    ),
    down(
      'hold',
      { lane: 'telemetry', retryAfterMs: 2_500 },
      'The store does not answer: keep everything, try again in 2.5 seconds.',
    ),
  ],
};

const OFFERED: ExampleStep = {
  title: 'Being asked, and coming',
  frames: [
    down(
      'event',
      {
        stream: inbox,
        seq: 7,
        atMs: at(60),
        actorId: null,
        type: 'offer.sent',
        data: {
          offerId: OFFER,
          sosId: SOS,
          emergencyType: 'MEDICAL',
          priority: 'CRITICAL',
          cell: '87283082bffffff',
          distanceBandM: 500,
          expiresAtMs: at(90),
          isDrill: false,
        },
      },
      'A cell and a band of distance; the place itself comes with acceptance.',
    ),
    up(
      'offer.receipt',
      { sosId: SOS, offerId: OFFER, isSeen: false },
      'This device has it; sent again with `isSeen` when it is looked at.',
    ),
    up(
      'offer.accept',
      { id: COMMANDS.accept, sosId: SOS, offerId: OFFER },
      'Sent again with the same id until answered.',
    ),
    down(
      'done',
      { id: COMMANDS.accept, sosId: SOS, status: 'ACCEPTED', as: 'PRIMARY' },
      'The slot is won, and that is stored.',
    ),
    down(
      'event',
      {
        stream: inbox,
        seq: 8,
        atMs: at(64),
        actorId: RESPONDER,
        type: 'sos.assigned',
        data: { sosId: SOS, slot: 1, role: 'PRIMARY' },
      },
      'The same news in the inbox, for the other devices of this person.',
    ),
    down(
      'error',
      errorBody('offer_filled', { id: COMMANDS.accept }),
      'What somebody hears who was later, in place of `done`.',
    ),
  ],
};

const FOLLOWING: ExampleStep = {
  title: 'Following the SOS',
  frames: [
    up('sub', { stream: sos, afterSeq: null }, 'Open to the holder since the acceptance.'),
    down(
      'snapshot',
      {
        stream: sos,
        seq: 3,
        view: {
          sosId: SOS,
          seq: 3,
          status: 'ACCEPTED',
          emergencyType: 'MEDICAL',
          priority: 'CRITICAL',
          isDrill: false,
          origin: 'person',
          point: { lat: 37.7762, lng: -122.4169 },
          addressText: null,
          description: 'Fell down the stairs, does not answer',
          requesterId: REQUESTER,
          requesterName: 'Ana Silva',
          requesterPhone: '+14155550100',
          callbackNumber: null,
          acceptedBy: RESPONDER,
          createdAtMs: at(59),
          acceptedAtMs: at(64),
          startedAtMs: null,
          closedAtMs: null,
          slots: [
            {
              slot: 1,
              role: 'PRIMARY',
              behind: null,
              holderId: RESPONDER,
              holderName: 'Ben Okafor',
              heldAtMs: at(64),
              departedAtMs: null,
              arrivedAtMs: null,
            },
          ],
          wave: 1,
          radiusM: 500,
          openOffers: 0,
          reserves: 0,
          nextWaveAtMs: null,
          escalationLevel: 0,
          handOff: null,
          ownerId: null,
          holdUntilMs: null,
          mergedInto: null,
        },
      },
      'The exact place, the name and the phone number.',
    ),
    down('subscribed', { stream: sos, headSeq: 3 }, 'Live from here on.'),
  ],
};

const HELPING: ExampleStep = {
  title: 'Being there',
  frames: [
    up('sos.start', { id: COMMANDS.start, sosId: SOS }, 'Help has begun.'),
    down('done', { id: COMMANDS.start, sosId: SOS, status: 'IN_PROGRESS' }, 'Stored.'),
    down(
      'event',
      {
        stream: sos,
        seq: 4,
        atMs: at(240),
        actorId: RESPONDER,
        type: 'sos.started',
        data: { responderId: RESPONDER },
      },
      'What everybody who follows this SOS sees.',
    ),
  ],
};

const TALKING: ExampleStep = {
  title: 'Talking',
  frames: [
    up('sub', { stream: chat, afterSeq: 0 }, 'From the first message on.'),
    down('subscribed', { stream: chat, headSeq: 0 }, 'There is none yet.'),
    up(
      'chat.send',
      { id: COMMANDS.chat, sosId: SOS, text: 'She is awake. Please send an ambulance.' },
      'To all on this SOS.',
    ),
    down('done', { id: COMMANDS.chat, sosId: SOS, messageId: MESSAGE }, 'Stored.'),
    down(
      'event',
      {
        stream: chat,
        seq: 1,
        atMs: at(300),
        actorId: RESPONDER,
        type: 'chat.message',
        data: { messageId: MESSAGE, senderId: RESPONDER, text: 'She is awake. Please send an ambulance.' },
      },
      'As the others get it, and the sender too.',
    ),
  ],
};

const RENEWING: ExampleStep = {
  title: 'Staying signed in',
  frames: [
    up('renew', { token: 'eyJhbGciOi…' }, 'A fresh token, a minute before the old one runs out.'),
    down(
      'renewed',
      { tokenExpiresAtMs: at(1_740), grants: ['volunteer'] },
      'The socket stays open, and so do its streams.',
    ),
  ],
};

const RESOLVING: ExampleStep = {
  title: 'Done',
  frames: [
    up('sos.resolve', { id: COMMANDS.resolve, sosId: SOS }, 'It is over.'),
    down('done', { id: COMMANDS.resolve, sosId: SOS, status: 'RESOLVED' }, 'Stored.'),
    down(
      'event',
      {
        stream: inbox,
        seq: 9,
        atMs: at(900),
        actorId: RESPONDER,
        type: 'sos.released',
        data: { sosId: SOS, reason: 'resolved' },
      },
      'The slot is given back; offers may come again.',
    ),
    down('unsubscribed', { stream: sos, reason: 'not_entitled' }, 'With the slot goes the right to follow.'),
  ],
};

const LEAVING: ExampleStep = {
  title: 'Heartbeat and farewell',
  frames: [
    up('hb', { sentAtMs: at(901) }, 'At least every 10 seconds when there is nothing else to say.'),
    down('hb', { sentAtMs: at(901), echoMs: at(901) }, 'The answer.'),
    down(
      'bye',
      { closeCode: 1012, retryAfterMs: 4_200 },
      'The node is stopping: come back in 4.2 seconds, resume by number.',
    ),
    up(
      'hello',
      {
        resume: 'k1.WyIwMTk3…',
        token: 'eyJhbGciOi…',
        client: 'muster-phone 1.4.0',
        device: { id: DEVICE, epoch: EPOCH },
      },
      'On another node, with the newest resume token; it is answered as at first.',
    ),
  ],
};

/** A session of a responder from `hello` to `bye`, as the documentation shows it. */
export const EXAMPLES: readonly ExampleStep[] = [
  SIGN_IN,
  INBOX,
  TELEMETRY,
  OFFERED,
  FOLLOWING,
  HELPING,
  TALKING,
  RENEWING,
  RESOLVING,
  LEAVING,
];
