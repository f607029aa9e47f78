import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { NOT_SHARED, type Spending } from '../lib/spending.ts';
import type { Db } from '../store/db.ts';
import type { AddressPlaces } from './address-places.ts';
import { startChangesTail } from './changes-tail.ts';
import type { Context } from './context.ts';
import { openGrants } from './grants.ts';
import { KnownChanges } from './known-changes.ts';
import { openPasswords } from './passwords.ts';
import { openPeople, type People } from './people.ts';
import type { PeopleParts } from './people-context.ts';
import { openRegistration } from './registration.ts';
import { oldRegistrationsChore } from './registration-by-mail.ts';
import { openResumeTokens, type ResumeTokens } from './resume-tokens.ts';
import { openSecondFactor } from './second-factor.ts';
import { endSessionsOf, openSessions } from './sessions.ts';
import { oldSessionsChore } from './sessions-chore.ts';
import { EndedSessions } from './sessions-ended.ts';
import { openSetup } from './setup.ts';
import { openSignIn } from './sign-in.ts';
import { openProof } from './sign-in-proof.ts';
import { RotatingKeys } from './signing-keys.ts';
import { SosWatch } from './sos-watch.ts';
import { grantsOf } from './standing.ts';
import { StandingNews } from './standing-news.ts';
import { Standings } from './standings.ts';
import { openSuspicious } from './suspicious.ts';
import { openTokens } from './tokens.ts';
import type { Accounts, Grant, VolunteerState } from './types.ts';
import { openVolunteers } from './volunteers.ts';

export interface AccountsOptions {
  readonly db: Db;
  /** The connections that are kept for SOS; without them {@link AccountsOptions.db} does. */
  readonly sosDb?: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Makes UUIDv7. */
  readonly newId: () => string;
  readonly accessTokenLifeMs: number;
  /** How long somebody stays signed in who does not come back. 30 days unless given. */
  readonly refreshTokenLifeMs?: number;
  /** Whether dispatchers and administrators need a second factor to sign in. Not unless given. */
  readonly requireSecondFactor?: boolean;
  /** Who issues tokens and whom they are for; the same on every node. Both `muster` unless given. */
  readonly issuer?: string;
  readonly audience?: string;
  /** Where addresses are; without it places are not compared. */
  readonly places?: AddressPlaces | null;
  /** An SOS from an address at least so far from the point it names is put before administrators. 500 km unless given. */
  readonly mismatchFromM?: number;
  /** How long a token is good beyond its time at this moment: nothing but while the store is away; absent: not at all. */
  readonly graceMs?: () => number;
  /** The most that {@link AccountsOptions.graceMs} says; absent: nothing. */
  readonly graceMaxMs?: number;
  /** What is spent on other nodes of what is limited; absent: there are none. */
  readonly spending?: Spending;
  /** Told after commit of whoever helps and of what changed about them. */
  readonly onVolunteerChange?: (state: VolunteerState) => void;
  /** It was decided here, so other nodes do not know of it yet. */
  readonly onOwnVolunteerChange?: () => void;
  /** Told of everybody who changed on any node and offers no help, or none any more. */
  readonly onNoVolunteer?: (userId: string) => void;
}

export interface OpenedAccounts extends Accounts {
  /** Like `grantsOf`, for commands of an SOS: behind no list and no export. */
  grantsForSos(userId: string): Promise<readonly Grant[]>;
  /** What this node heard last of what somebody may do, however old; null: nothing. Asks nobody. */
  lastGrantsOf(userId: string): readonly Grant[] | null;
  /** Opens what goes beyond signing in, given what sends messages and keeps documents. */
  people(parts: PeopleParts): People;
  /** Another node has decided something about an account: it is read now instead of within a second. */
  lookForChanges(): void;
  /** This node has decided something about an account that no other method here did, such as losing a device. */
  changedHere(userId: string): void;
  readonly resumeTokens: ResumeTokens;
}

const MUSTER = 'muster';
const REFRESH_TOKEN_LIFE_MS = 30 * 86_400_000;
const MISMATCH_FROM_M = 500_000;
const STANDING_READ_LIFE_MS = 15_000;
/** As long as the longest grace of sessions while the store is away: a week. */
const STANDING_LAST_LIFE_MS = 7 * 86_400_000;
const STANDINGS_MAX = 100_000;

/** Opens the room: finds or makes the key pair that signs tokens. Rejects when the database does not answer. */
export async function openAccounts(options: AccountsOptions): Promise<OpenedAccounts> {
  const { db, clock, metrics, newId, accessTokenLifeMs: lifeMs } = options;
  const {
    issuer = MUSTER,
    audience = MUSTER,
    onVolunteerChange,
    graceMs = () => 0,
    graceMaxMs = 0,
  } = options;
  const log = options.log.named('accounts');
  const keys = await RotatingKeys.open({ db, clock, log, newId, lifeMs });
  const news = new StandingNews(log);
  // A token is dated in whole seconds, so it lives up to a second longer than it says; and as long again as the grace lasts,
  // for which nothing may be forgotten that was decided against it.
  const tokenLifeMs = lifeMs + 1_000 + graceMaxMs;
  const endedSessions = new EndedSessions({ db, clock, metrics, news, lifeMs: tokenLifeMs });
  await endedSessions.read();
  const context: Context = {
    db,
    clock,
    log,
    metrics,
    newId,
    spending: options.spending ?? NOT_SHARED,
    passwords: await openPasswords({ clock, metrics }),
    tokens: openTokens({ ...options, issuer, audience, lifeMs, keys, log }),
    graceMs,
    standings: new Standings(
      clock,
      metrics,
      {
        changeLifeMs: tokenLifeMs,
        readLifeMs: STANDING_READ_LIFE_MS,
        lastLifeMs: STANDING_LAST_LIFE_MS,
        entriesMax: STANDINGS_MAX,
      },
      (userId, { grants, suspended }) => news.tell({ kind: 'standing', userId, grants, suspended }),
    ),
    news,
    endedSessions,
    refreshTokenLifeMs: options.refreshTokenLifeMs ?? REFRESH_TOKEN_LIFE_MS,
    requireSecondFactor: options.requireSecondFactor ?? false,
    tellVolunteer: guarded((state) => {
      onVolunteerChange?.(state);
      options.onOwnVolunteerChange?.();
    }, log),
  };
  const known = new KnownChanges(clock, metrics, { entriesMax: STANDINGS_MAX });
  news.listen(({ userId }) => known.changedHere(userId));
  const changes = await startChangesTail({
    ...context,
    known,
    tokenLifeMs,
    onStanding: (userId, standing) => context.standings.heard(userId, standing),
    onRevoked: ({ userId, sessionId, deviceId }) => {
      if (sessionId !== undefined) endedSessions.add({ id: sessionId, user_id: userId });
      else if (deviceId !== undefined) news.tell({ kind: 'revoked', userId, deviceId });
    },
    onVolunteer: guarded(onVolunteerChange, log),
    onNoVolunteer: options.onNoVolunteer ?? (() => {}),
  });
  const prove = openProof(context);
  const { places = null, mismatchFromM = MISMATCH_FROM_M } = options;
  const sosWatch = new SosWatch({ context, places, mismatchFromM });
  return {
    ...openRegistration(context),
    ...openSetup(context),
    ...openSignIn(context, prove),
    ...openSecondFactor(context, prove),
    ...openSessions(context),
    ...openSuspicious(context),
    ...openGrants(context),
    ...openVolunteers(context),
    noteSos: (sos) => sosWatch.raised(sos),
    activitiesOff: places ? [] : ['LOCATION_MISMATCH'],
    jobs: [oldSessionsChore(context), oldRegistrationsChore(context), keys.chore],
    publicKeys: () => keys.jwks(),
    lookForChanges: () => void changes.look(),
    changedHere: (userId) => known.changedHere(userId),
    resumeTokens: openResumeTokens({ keys, clock, known }),
    stop: async () => {
      await changes.stop();
      keys.stop();
    },
    grantsOf: (userId) => grantsOf(context, userId),
    grantsForSos: (userId) => grantsOf({ ...context, db: options.sosDb ?? db }, userId),
    lastGrantsOf: (userId) => context.standings.last(userId)?.grants ?? null,
    people: (parts) =>
      openPeople({
        ...context,
        ...parts,
        prove,
        onErased: parts.onErased ?? (() => {}),
        endSessions: (tx, userId) => endSessionsOf(context, tx, userId),
      }),
    onStandingChange: (listener) => news.listen(listener),
  };
}

/** What was committed stays committed, whatever the listener makes of it. */
function guarded(
  listener: AccountsOptions['onVolunteerChange'],
  log: Logger,
): (state: VolunteerState) => void {
  return (state) => {
    try {
      listener?.(state);
    } catch (error) {
      log.error(errorFields(error), 'a listener failed on a change of a volunteer');
    }
  };
}
