import type { AuditEntry } from '../../accounts/audit-entry.ts';
import type { RaisedSos } from '../../accounts/sessions-types.ts';
import { StandingNews } from '../../accounts/standing-news.ts';
import type { UnknownCaller } from '../../accounts/unknown-callers.ts';
import type {
  DispatchCommand,
  Grant,
  Principal,
  SampleFrame,
  Services,
  TelemetrySource,
} from '../../gateway/services.ts';
import { systemClock } from '../../lib/clock.ts';
import type { EngineAway } from '../../lib/engine-health.ts';
import { isUuid } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { ok, refused } from '../../lib/result.ts';
import { MemoryLog } from '../fanout/memory-log.ts';

export const NODE_ID = '00000000-0000-7000-8000-00000000000a';

/** Nobody exists but whom a test says: tokens are `<user id>`, `<user id>+dispatcher`, or one of the bad ones below. */
export const TOKENS = { expired: 'expired', broken: 'broken', storeAway: 'store-away' } as const;

/** The only paired device. */
export const DEVICE = {
  id: '00000000-0000-7000-8000-0000000000de',
  userId: '00000000-0000-4000-8000-000000000001',
  credential: 'device:00000000-0000-7000-8000-0000000000de:secret',
  trackerId: 'ABCD2345ABCD2345ABCD2345',
} as const;

/** An error as the store throws it. */
export const storeUnavailable = () => Object.assign(new Error('row values'), { code: 'store_unavailable' });

function rowsOf(frame: SampleFrame): readonly ['telemetry' | 'vitals' | 'alarm', readonly unknown[]] {
  if (frame[0] === 'pos') return ['telemetry', frame[1].fixes];
  return frame[0] === 'vit' ? ['vitals', frame[1].samples] : ['alarm', frame[1].alarms];
}

/** Plain services that record what reaches them; a test replaces what it is about. */
export class FakeServices {
  readonly log = new MemoryLog();
  readonly presence: string[] = [];
  readonly receipts: { by: Principal; receipt: unknown }[] = [];
  readonly alertCommands: string[] = [];
  readonly broadcastReceipts: { userId: string; broadcastId: string; isSeen: boolean }[] = [];
  readonly commands: { by: Principal; command: DispatchCommand }[] = [];
  readonly deviceContacts: { userId: string; deviceId: string; batteryPct: number | undefined }[] = [];
  readonly notedSos: RaisedSos[] = [];
  readonly standing = new StandingNews(silentLogger);
  readonly audited: AuditEntry[] = [];
  readonly unknownCallers: UnknownCaller[] = [];
  auditHasRoom = true;
  readonly batches: { from: { userId: string; deviceId: string }; frame: SampleFrame }[] = [];
  readonly hints: unknown[] = [];
  readonly clocks: { device: unknown; deviceAtMs: number; askedAtMs: number; roundTripMs: number }[] = [];
  /** What a test says of people; nothing else is known of anybody. */
  readonly people: Partial<Services['people']> = {};
  /** The door of stock apps, as much of it as a test gives. */
  apps: Partial<Services['apps']> = {};
  /** Of resume tokens, which are `resume:<user id>`; none are given unless a test says so. */
  giveResume: Services['resumes']['give'] = () => null;
  inSos = new Set<string>();
  mayTail: (viewerId: string, personId: string) => boolean = () => true;
  mayRead: Services['entitlement']['mayRead'] = () => true;
  execute: Services['dispatch']['execute'] = async () => ok({ status: 'PENDING' });
  ackedSeqs: Services['telemetry']['ackedSeqs'] = async () => ({ telemetry: 7, vitals: 3, alarm: 1 });
  tokenLivesMs = 600_000;
  notReady: string | null = null;
  away: readonly EngineAway[] = [];

  readonly services: Services = {
    resumes: {
      give: (principal, facts) => this.giveResume(principal, facts),
      take: (token) => {
        const userId = token.replace(/^resume:/, '');
        if (!isUuid(userId)) return { ok: false, why: 'forged' };
        const principal = { userId, grants: [], expiresAtMs: systemClock.nowMs() + this.tokenLivesMs };
        const heads = [[`inbox:${userId}`, 0]] as const;
        return { ok: true, resumed: { principal, hasSos: false, heads, knownXid: 1 } };
      },
      isInSos: (userId) => this.inSos.has(userId),
    },
    accounts: {
      register: async ({ email }) =>
        email.startsWith('taken') ? refused('email_taken') : ok({ userId: NODE_ID }),
      signIn: async ({ password }) =>
        password === 'right' ? ok(this.#signedIn()) : refused('credentials_wrong'),
      refresh: async (refreshToken) =>
        refreshToken === 'good' ? ok(this.#signedIn()) : refused('token_invalid'),
      enrolSecondFactor: async ({ password }) =>
        password === 'right' ? ok({ uri: 'otpauth://totp/x' }) : refused('credentials_wrong'),
      confirmSecondFactor: async ({ code }) =>
        code === '123456' ? ok({ recoveryCodes: ['ABC'] }) : refused('second_factor_required'),
      publicKeys: async () => ({ keys: [] }),
      listSessions: async () => [],
      endSession: async (by, sessionId) => (by.userId === sessionId ? ok(null) : refused('not_found')),
      endAllSessions: async () => {},
      listSuspicious: async (by) => (by.grants.includes('admin') ? ok([]) : refused('forbidden')),
      activitiesOff: ['LOCATION_MISMATCH'],
      noteSos: (sos) => this.notedSos.push(sos),
      verifyToken: async (token) => this.#verify(token),
      setup: async ({ setupToken }) =>
        setupToken === 'once' ? ok(this.#signedIn()) : refused('token_invalid'),
      setAvailable: async (_userId, available) => (available ? ok(null) : refused('forbidden')),
      verifyVolunteer: async (by) => (by.grants.includes('admin') ? ok(null) : refused('forbidden')),
      listVolunteers: async () => ok([]),
      setGrant: async (by) => (by.grants.includes('admin') ? ok(null) : refused('forbidden')),
      suspend: async (by) => (by.grants.includes('admin') ? ok(null) : refused('forbidden')),
      onStandingChange: (listener) => this.standing.listen(listener),
    },
    people: new Proxy({} as Services['people'], {
      get: (_none, name) =>
        this.people[name as keyof Services['people']] ?? (async () => refused('not_found')),
    }),
    access: {
      trail: this.#trail(),
      reading: {
        page: async () => [],
        peopleOf: async () => null,
        disclosuresOf: async () => [],
        disclosuresOfSos: async () => [],
        verify: async () => ({ chains: 1, rows: 2, broken: [] }),
      },
      breakGlass: {
        open: async () => ok({ breakGlassId: NODE_ID, untilMs: 1 }),
        isOpen: async () => false,
        list: async () => [],
      },
    },
    devices: {
      newCode: async () => ({ code: 'ABCD2345', expiresAtMs: 1 }),
      pair: async ({ code }) =>
        code === 'ABCD2345'
          ? ok({ deviceId: DEVICE.id, userId: DEVICE.userId, credential: DEVICE.credential })
          : refused('not_found'),
      list: async () => [],
      listOf: async () => [],
      revoke: async (_by, deviceId) =>
        deviceId === DEVICE.id ? ok({ ownerId: DEVICE.userId }) : refused('not_found'),
      pairApp: async (_by, { app }) => ok({ deviceId: DEVICE.id, app, secret: 'secret', trackerId: null }),
      find: async () => refused('not_found'),
      setCapabilities: async () => ok(null),
      verifyToken: async (token) =>
        token === DEVICE.credential ? ok(this.#deviceOwner()) : refused('token_invalid'),
      verifyPair: async (id, secret) =>
        DEVICE.credential === `device:${id}:${secret}` ? ok(this.#deviceOwner()) : refused('token_invalid'),
      verifyTracker: async (id) =>
        id.replaceAll(' ', '').toUpperCase() === DEVICE.trackerId
          ? ok(this.#deviceOwner())
          : refused('token_invalid'),
      heard: (userId, deviceId, batteryPct) => this.deviceContacts.push({ userId, deviceId, batteryPct }),
      onStandingChange: (listener) => this.standing.listen(listener),
    },
    jobs: { list: async () => [], runNow: async (name) => name === 'retention' },
    dispatch: {
      execute: async (by, command, receivedAtMs) => {
        this.commands.push({ by, command });
        return this.execute(by, command, receivedAtMs);
      },
      received: (by, receipt) => this.receipts.push({ by, receipt }),
      policyHistory: async () => [],
      policy: () => ({ version: 1, body: {} }),
      setPolicy: async () => ok({ version: 2 }),
      feedSnapshot: () => ({ feed: 'dispatch', sos: [], responders: [] }),
      responderRows: (handles) => ({
        responders: [...handles].map(() => [DEVICE.userId, 1, 2, 3, 4]),
        gone: [],
      }),
      responderIdOf: () => DEVICE.userId,
    },
    coming: async () => [],
    feedback: {
      give: async (_by, _sosId, { rating, comment = null }) => ok({ rating, comment, atMs: 1 }),
      helpersOf: async () => ok([]),
      ratingsOf: async () => [],
      refusalsOf: async () => refused('sos_not_found'),
    },
    sos: {
      histories: {
        open: async () => ok({ sos: [], next: null }),
        closed: async () => ok({ sos: [], next: null }),
        raised: async () => ok({ sos: [], next: null }),
        held: async () => ok({ sos: [], next: null }),
        figuresOf: async () => [],
        nearest: async () => [],
        names: async () => [],
        phases: async () => [],
      },
      timeline: { view: async () => refused('sos_not_found'), page: async () => refused('sos_not_found') },
      exports: {
        timelineCsv: async () => refused('sos_not_found'),
        geoJson: async () => refused('sos_not_found'),
        gpx: async () => refused('sos_not_found'),
      },
      rolesIn: async () => refused('sos_not_found'),
    },
    alerts: {
      execute: async (_by, [kind, { alertId }]) => {
        this.alertCommands.push(kind);
        return refused('not_found', alertId);
      },
      list: async () => ok({ alerts: [], next: null }),
      get: async () => refused('not_found'),
      setting: async () => refused('not_found'),
      setSetting: async () => refused('not_found'),
    },
    broadcasts: {
      send: async () => refused('bad_request'),
      get: async () => refused('not_found'),
      list: async () => [],
      end: async () => refused('not_found'),
      received: (userId, broadcastId, isSeen) => this.broadcastReceipts.push({ userId, broadcastId, isSeen }),
    },
    shifts: {
      begin: async () => this.#noShift(),
      end: async () => refused('not_on_shift'),
      handOver: async () => refused('not_on_shift'),
      list: async () => [],
    },
    places: { search: async () => refused('places_off') },
    handOffs: { waiting: async () => [] },
    connections: {
      providers: () => [],
      begin: async () => refused('not_found'),
      confirm: async () => refused('consent_refused'),
      list: async () => [],
      change: async () => refused('not_found'),
      syncNow: async () => refused('not_found'),
      logs: async () => refused('not_found'),
      disconnect: async () => refused('not_found'),
    },
    telemetry: {
      ackedSeqs: (userId, device) => this.ackedSeqs(userId, device),
      take: (from, frame, _receivedAtMs, source) => this.#take(from, frame, source),
      hint: (userId, device, newest) => this.hints.push({ userId, device, newest }),
      alive: () => {},
    },
    attachments: {
      add: async () => refused('not_found'),
      list: async () => refused('not_found'),
      read: async () => refused('not_found'),
    },
    notifications: {
      list: async () => ({ notifications: [], next: null, unread: 0 }),
      read: async () => ({ unread: 0 }),
    },
    push: {
      list: async () => [],
      register: async () => refused('channel_off'),
      remove: async () => false,
      received: () => false,
    },
    records: {
      create: async () => refused('not_found'),
      createMany: async () => refused('not_found'),
      read: async () => refused('not_found'),
      change: async () => refused('not_found'),
      remove: async () => refused('not_found'),
      erase: async () => refused('not_found'),
      history: async () => refused('not_found'),
      list: async () => refused('not_found'),
    },
    geofences: {
      list: async () => refused('not_found'),
      set: async () => refused('not_found'),
      remove: async () => refused('not_found'),
    },
    history: {
      series: async () => refused('not_found'),
      track: async () => refused('not_found'),
      trips: async () => refused('not_found'),
      vitalsCsv: async () => refused('not_found'),
      positions: async () => refused('not_found'),
    },
    fhir: this.#fhir(),
    bedside: {
      thresholds: async () => refused('not_found'),
      setThresholds: async () => refused('not_found'),
      news2: async () => refused('not_found'),
      scores: async () => refused('not_found'),
      latest: async () => refused('not_found'),
      record: async () => refused('not_found'),
      retract: async () => refused('not_found'),
    },
    apps: new Proxy({} as Services['apps'], {
      get: (_none, name) => this.apps[name as keyof Services['apps']] ?? (() => null),
    }),
    deviceClocks: {
      read: (device, deviceAtMs, asked) => this.clocks.push({ device, deviceAtMs, ...asked }),
    },
    presence: {
      connected: (userId) => this.presence.push(`+${userId}`),
      disconnected: (userId) => this.presence.push(`-${userId}`),
    },
    events: this.log,
    entitlement: {
      prepare: async () => {},
      mayRead: (viewer, stream) => this.mayRead(viewer, stream),
      project: (_viewer, event) => event,
    },
    snapshots: this.log,
    health: {
      notReady: () => this.notReady,
      logSilentMs: () => 0,
      otherNodes: () => [],
      away: () => this.away,
      nodeId: NODE_ID,
      startedAtMs: systemClock.nowMs(),
    },
    metricsText: () => 'up 1\n',
  };

  #fhir(): Services['fhir'] {
    const nothing = async () => ({ status: 404, resource: { resourceType: 'OperationOutcome' }, about: [] });
    return {
      create: nothing,
      update: nothing,
      read: nothing,
      search: nothing,
      bundle: nothing,
      capability: (base) => ({ resourceType: 'CapabilityStatement', implementation: { url: base } }),
      refusal: (code, text, error) => ({ resourceType: 'OperationOutcome', issue: [{ code, text, error }] }),
    };
  }

  #noShift() {
    const open = { endedAtMs: null, handedTo: null, note: null, handedOverAtMs: null };
    return { shiftId: NODE_ID, userId: NODE_ID, startedAtMs: 1, ownedSos: [], handedSos: [], ...open };
  }

  #trail(): Services['access']['trail'] {
    const hasRoom = () => this.auditHasRoom;
    return {
      record: (entry) => this.audited.push(entry),
      unknown: (caller) => this.unknownCallers.push(caller),
      refused: (entry) => this.audited.push({ ...entry, outcome: 'refused' }),
      get hasRoom() {
        return hasRoom();
      },
    };
  }

  #verify(token: string) {
    if (token === TOKENS.broken) return refused('token_invalid' as const);
    if (token === TOKENS.expired) return refused('token_expired' as const);
    if (token === TOKENS.storeAway) throw storeUnavailable();
    const [userId = '', ...grants] = token.split('+');
    if (!isUuid(userId)) return refused('token_invalid' as const);
    const expiresAtMs = systemClock.nowMs() + this.tokenLivesMs;
    return ok({ userId, grants: grants as Grant[], expiresAtMs });
  }

  #take(from: { userId: string; deviceId: string }, frame: SampleFrame, source: TelemetrySource): void {
    this.batches.push({ from, frame });
    const { epoch, seq } = frame[1];
    const [lane, rows] = rowsOf(frame);
    source.answer(['ack', { epoch, lane, seq: seq + rows.length - 1 }]);
  }

  #deviceOwner(): Principal {
    const { userId, id: deviceId } = DEVICE;
    return { userId, grants: [], expiresAtMs: systemClock.nowMs() + this.tokenLivesMs, deviceId };
  }

  #signedIn() {
    return {
      userId: NODE_ID,
      grants: ['admin'] as const,
      accessToken: 't',
      expiresAtMs: 1,
      refreshToken: 'r',
    };
  }
}
