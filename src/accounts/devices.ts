import { Attempts } from '../lib/attempts.ts';
import type { Clock } from '../lib/clock.ts';
import { isUuid } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { networkOf } from '../lib/networks.ts';
import { ok, refused } from '../lib/result.ts';
import { NOT_SHARED, type Spending } from '../lib/spending.ts';
import { type Db, StoreUnavailable } from '../store/db.ts';
import { type Contact, DeviceContacts } from './device-contacts.ts';
import {
  codeOf,
  credentialOf,
  hashOf,
  isSecret,
  isSecretOf,
  newCode,
  newSecret,
  newTrackerId,
  partsOf,
  trackerIdOf,
} from './device-secrets.ts';
import type { Devices, DeviceView } from './devices-types.ts';
import { KnownDevices } from './known-devices.ts';
import {
  ADD_APP_DEVICE,
  ADD_CODE,
  ADD_DEVICE,
  DEVICE_SECRET,
  DEVICES_HELD,
  DEVICES_OF,
  type DeviceRow,
  DROP_OLD_CODES,
  FIND_DEVICE,
  REVOKE_DEVICE,
  SET_CAPABILITIES,
  TOUCH_DEVICES,
  TRACKER,
  USE_CODE,
} from './sql/devices.ts';
import { StandingNews } from './standing-news.ts';
import type { Grant, Principal, StandingChange } from './types.ts';

export interface DevicesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Makes UUIDv7. */
  readonly newId: () => string;
  /** What somebody may do at this moment, whatever their token says. */
  readonly grantsOf: (userId: string) => Promise<readonly Grant[]>;
  /** What is spent on other nodes of what is limited; absent: there are none. */
  readonly spending?: Spending;
  /** How long what was proved is good beyond its time at this moment: nothing but while the store is away; absent: not at all. */
  readonly graceMs?: () => number;
  /** The most that {@link DevicesOptions.graceMs} says; absent: nothing. */
  readonly graceMaxMs?: number;
  /** Tells of what is decided about accounts and devices, here and on other nodes. */
  readonly onAccountChange?: (listener: (change: StandingChange) => void) => () => void;
}

const CODE_LIFE_MS = 10 * 60_000;
const CODES_PER_USER = 5;
const DEVICES_PER_USER = 20;
/** A socket opened by a credential is looked at again after this. */
const SOCKET_LIFE_MS = 12 * 3_600_000;
const KNOWN_MAX = 100_000;
const WRONG_CODES = { max: 10, windowMs: 10 * 60_000, keysMax: 100_000 };

interface SecretRow {
  readonly user_id: string;
  readonly secret_hash: Uint8Array;
  readonly status: string;
}

export function openDevices({ db, clock, metrics, newId, grantsOf, ...options }: DevicesOptions): Devices {
  const log = options.log.named('accounts');
  const news = new StandingNews(log);
  const attempts = new Attempts(clock, WRONG_CODES);
  const tellWrongCode = (options.spending ?? NOT_SHARED).open('device_codes', 1, (network, count) =>
    attempts.heard(network, count),
  );
  const { graceMs = () => 0, graceMaxMs = 0, onAccountChange } = options;
  const known = new KnownDevices({ clock, lifeMs: graceMaxMs, entriesMax: KNOWN_MAX });
  news.listen((change) => known.obey(change));
  const stopListening = onAccountChange?.((change) => known.obey(change));
  const contacts = new DeviceContacts({ clock, log, metrics, write: (heard) => touch(db, heard) });

  const principalOf = (userId: string, deviceId: string): Principal => ({
    userId,
    grants: [],
    expiresAtMs: clock.nowMs() + SOCKET_LIFE_MS,
    deviceId,
  });

  const verifyPair: Devices['verifyPair'] = async (deviceId, secret) => {
    if (!isUuid(deviceId) || !isSecret(secret)) return refused('token_invalid');
    // Not even asked while it is away: a call for help would wait for it.
    const ownerId = graceMs() > 0 ? known.ownerOf(deviceId, secret) : null;
    if (ownerId !== null) return ok(principalOf(ownerId, deviceId));
    const { revision } = known;
    try {
      const [row] = await db.query<SecretRow>(DEVICE_SECRET, [deviceId]);
      if (!row || !isSecretOf(secret, row.secret_hash) || row.status !== 'active')
        return refused('token_invalid');
      known.verified(deviceId, row.user_id, row.secret_hash, revision);
      return ok(principalOf(row.user_id, deviceId));
    } catch (error) {
      // It has gone just now, and this may be the first to notice.
      const lastOwnerId = error instanceof StoreUnavailable ? known.ownerOf(deviceId, secret) : null;
      if (lastOwnerId === null) throw error;
      return ok(principalOf(lastOwnerId, deviceId));
    }
  };

  const listOf = async (userId: string) =>
    isUuid(userId) ? (await db.query<DeviceRow>(DEVICES_OF, [userId])).map(viewOf) : [];

  return {
    verifyPair,

    async verifyToken(token) {
      const parts = partsOf(token);
      return parts ? verifyPair(parts.deviceId, parts.secret) : refused('token_invalid');
    },

    async newCode({ userId }) {
      const code = newCode();
      return db.transaction(async (tx) => {
        const [row] = await tx.query<{ expires_at: number }>(ADD_CODE, [hashOf(code), userId, CODE_LIFE_MS]);
        await tx.query(DROP_OLD_CODES, [userId, CODES_PER_USER]);
        return { code, expiresAtMs: row?.expires_at ?? clock.nowMs() };
      });
    },

    async pair({ code: typed, name, kind, canPush, canSound, wouldNotRing }, address) {
      const network = networkOf(address);
      if (attempts.waitMs(network) > 0) return refused('rate_limited');
      const code = codeOf(typed);
      const paired = await db.transaction(async (tx) => {
        const [owner] = code
          ? await tx.query<{ user_id: string; status: string }>(USE_CODE, [hashOf(code)])
          : [];
        if (!owner) return refused('not_found', 'code: unknown, used, or run out');
        if (owner.status !== 'active') return refused('account_suspended');
        const [{ held } = { held: 0 }] = await tx.query<{ held: number }>(DEVICES_HELD, [owner.user_id]);
        if (held >= DEVICES_PER_USER) return refused('bad_request', `at most ${DEVICES_PER_USER} devices`);
        const [deviceId, secret] = [newId(), newSecret()];
        const told = [canPush, canSound, wouldNotRing];
        await tx.query(ADD_DEVICE, [deviceId, owner.user_id, name, kind, hashOf(secret), ...told]);
        return ok({ deviceId, userId: owner.user_id, credential: credentialOf(deviceId, secret) });
      });
      if (!paired.ok && paired.code === 'not_found') {
        attempts.failed(network);
        tellWrongCode(network);
      }
      return paired;
    },

    async pairApp({ userId }, { app, name, kind }) {
      const [deviceId, secret] = [newId(), newSecret()];
      const trackerId = app === 'osmand' ? newTrackerId() : null;
      return db.transaction(async (tx) => {
        const [{ held } = { held: 0 }] = await tx.query<{ held: number }>(DEVICES_HELD, [userId]);
        if (held >= DEVICES_PER_USER) return refused('bad_request', `at most ${DEVICES_PER_USER} devices`);
        const hashes = [hashOf(secret), trackerId && hashOf(trackerId)];
        await tx.query(ADD_APP_DEVICE, [deviceId, userId, name, kind, app, ...hashes]);
        return ok({ deviceId, app, secret: trackerId === null ? secret : null, trackerId });
      });
    },

    async verifyTracker(typed) {
      const trackerId = trackerIdOf(typed);
      if (trackerId === null) return refused('token_invalid');
      const [row] = await db.query<{ id: string; user_id: string; status: string }>(TRACKER, [
        hashOf(trackerId),
      ]);
      return row?.status === 'active' ? ok(principalOf(row.user_id, row.id)) : refused('token_invalid');
    },

    async find(by, deviceId) {
      if (!isUuid(deviceId)) return refused('not_found');
      const anybodys = (await grantsOf(by.userId)).includes('admin');
      const [row] = await db.query<DeviceRow & { user_id: string }>(FIND_DEVICE, [
        deviceId,
        by.userId,
        anybodys,
      ]);
      return row ? ok({ ownerId: row.user_id, device: viewOf(row) }) : refused('not_found');
    },

    list: ({ userId }) => listOf(userId),
    listOf,

    async revoke(by, deviceId) {
      if (!isUuid(deviceId)) return refused('not_found');
      const anybodys = (await grantsOf(by.userId)).includes('admin');
      return db.transaction(async (tx) => {
        const [row] = await tx.query<{ user_id: string }>(REVOKE_DEVICE, [deviceId, by.userId, anybodys]);
        if (!row) return refused('not_found');
        tx.afterCommit(() => news.tell({ kind: 'revoked', userId: row.user_id, deviceId }));
        return ok({ ownerId: row.user_id });
      });
    },

    async setCapabilities({ userId }, deviceId, { canPush, canSound, wouldNotRing }) {
      if (!isUuid(deviceId)) return refused('not_found');
      const set = await db.query(SET_CAPABILITIES, [deviceId, userId, canPush, canSound, wouldNotRing]);
      return set.length > 0 ? ok(null) : refused('not_found');
    },

    heard(userId, deviceId, batteryPct) {
      if (graceMs() === 0) known.heard(deviceId);
      contacts.heard(userId, deviceId, batteryPct);
    },
    onStandingChange: (listener) => news.listen(listener),
    stop: () => {
      stopListening?.();
      return contacts.stop();
    },
  };
}

async function touch(db: Db, heard: readonly Contact[]): Promise<void> {
  await db.query(TOUCH_DEVICES, [
    heard.map(({ deviceId }) => deviceId),
    heard.map(({ userId }) => userId),
    heard.map(({ atMs }) => atMs),
    heard.map(({ batteryPct }) => batteryPct),
  ]);
}

const viewOf = (row: DeviceRow): DeviceView => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  app: row.app,
  canPush: row.can_push,
  canSound: row.can_sound,
  wouldNotRing: row.would_not_ring,
  batteryPct: row.battery_pct,
  lastContactAtMs: row.last_contact_at,
  pairedAtMs: row.paired_at,
});
