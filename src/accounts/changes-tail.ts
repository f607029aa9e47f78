import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Queryable } from '../store/db.ts';
import { snapshotOf } from '../store/snapshot.ts';
import type { KnownChanges } from './known-changes.ts';
import {
  CHANGED_BEFORE,
  CHANGED_BETWEEN,
  CHANGED_LATELY,
  CHANGES_SNAPSHOT,
  type ChangedRow,
  type ChangedStandingRow,
  type ChangedVolunteerRow,
  REVOKED_OF,
  type RevokedRow,
  STANDINGS_OF,
  STATES_OF,
} from './sql/changes.ts';
import type { Standing } from './standings.ts';
import type { Grant, StandingChange, VolunteerState } from './types.ts';
import { stateOf } from './volunteers.ts';

const EVERY_MS = 1_000;
const PEOPLE_AT_ONCE = 500;
/** A transaction can commit so much after the time that it wrote. */
const LATE_COMMIT_MS = 60_000;

export interface ChangesTailParts {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How long a token may be taken that does not know of a revocation: with the grace while the store is away. */
  readonly tokenLifeMs: number;
  /** Told of every change by its transaction. */
  readonly known: KnownChanges;
  readonly onStanding: (userId: string, standing: Standing) => void;
  readonly onRevoked: (change: StandingChange & { readonly kind: 'revoked' }) => void;
  readonly onVolunteer: (state: VolunteerState) => void;
  /** They offer no help any more: the row is gone. */
  readonly onNoVolunteer: (userId: string) => void;
}

export interface ChangesTail {
  /** Looks now instead of at the next beat. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Learns within a second what other nodes decided about accounts: suspensions, grants, ended sessions, revoked devices,
 * who offers help. What this node decided itself comes by too, and changes nothing.
 */
export async function startChangesTail(parts: ChangesTailParts): Promise<ChangesTail> {
  const { db, clock, log, metrics, known } = parts;
  const current = async () => {
    const [row] = await db.query<{ snapshot: string }>(CHANGES_SNAPSHOT);
    return must(row, 'a row of a select without a table').snapshot;
  };
  let told = await current();
  await catchUp(parts);
  let isStopped = false;
  let cancel = () => {};
  let running: Promise<void> | null = null;
  let again = false;

  const look = async () => {
    do {
      again = false;
      known.lookBegins();
      const upTo = await current();
      await tellOfAll(parts, await db.query<ChangedRow>(CHANGED_BETWEEN, [told, upTo]));
      told = upTo;
      known.looked(snapshotOf(upTo));
    } while (again && !isStopped);
  };
  const lookOnce = () => {
    if (running) again = true;
    running ??= look()
      .catch((error: unknown) => {
        metrics.count('accounts_changes_failed_total');
        log.warn(
          errorFields(error),
          'what other nodes decided about accounts could not be read; it is read again',
        );
      })
      .finally(() => {
        running = null;
      });
    return running;
  };
  const later = () => {
    if (isStopped) return;
    cancel = clock.after(EVERY_MS, () => void lookOnce().finally(later));
  };
  // So that resume tokens are taken from the first moment on.
  await lookOnce();
  later();
  return {
    look: lookOnce,
    async stop() {
      isStopped = true;
      cancel();
      await running;
    },
  };
}

/** What was decided shortly before this node came: tokens that do not know of it are still alive. */
async function catchUp(parts: ChangesTailParts): Promise<void> {
  const { db, known, tokenLifeMs } = parts;
  const lookedBackMs = tokenLifeMs + LATE_COMMIT_MS;
  await tellOfAll(parts, await db.query<ChangedRow>(CHANGED_LATELY, [lookedBackMs]));
  const [before] = await db.query<{ xid: number }>(CHANGED_BEFORE, [lookedBackMs]);
  known.beginsAt((before?.xid ?? 0) + 1);
}

async function tellOfAll(parts: ChangesTailParts, changed: readonly ChangedRow[]): Promise<void> {
  for (const { user_id, xid } of changed) parts.known.heard(user_id, Number(xid));
  const userIds = changed.map(({ user_id }) => user_id);
  for (let i = 0; i < userIds.length; i += PEOPLE_AT_ONCE) {
    await tellOf(parts, userIds.slice(i, i + PEOPLE_AT_ONCE));
  }
}

async function tellOf(parts: ChangesTailParts, userIds: readonly string[]): Promise<void> {
  const { db, onRevoked, onStanding } = parts;
  for (const row of await db.query<ChangedStandingRow>(STANDINGS_OF, [userIds])) {
    const suspended = row.status !== 'active';
    const grants = suspended ? [] : (row.grants as Grant[]);
    onStanding(row.user_id, { grants, suspended, asOfMs: row.as_of });
  }
  for (const row of await db.query<RevokedRow>(REVOKED_OF, [userIds, parts.tokenLifeMs])) {
    const { user_id: userId, session_id: sessionId, device_id: deviceId } = row;
    if (sessionId !== null) onRevoked({ kind: 'revoked', userId, sessionId });
    else if (deviceId !== null) onRevoked({ kind: 'revoked', userId, deviceId });
  }
  const states = await db.query<ChangedVolunteerRow>(STATES_OF, [userIds]);
  for (const row of states) parts.onVolunteer(stateOf(row));
  const helping = new Set(states.map(({ user_id }) => user_id));
  for (const userId of userIds) if (!helping.has(userId)) parts.onNoVolunteer(userId);
}
