import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import type { Context } from './context.ts';
import { openGrants } from './grants.ts';
import { openPasswords } from './passwords.ts';
import { openRegistration } from './registration.ts';
import { openSetup } from './setup.ts';
import { openSignIn } from './sign-in.ts';
import { signingKeys } from './signing-keys.ts';
import { grantsOf } from './standing.ts';
import { StandingNews } from './standing-news.ts';
import { Standings } from './standings.ts';
import { openTokens } from './tokens.ts';
import type { Accounts, VolunteerState } from './types.ts';
import { openVolunteers } from './volunteers.ts';

export interface AccountsOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Makes UUIDv7. */
  readonly newId: () => string;
  readonly accessTokenLifeMs: number;
  /** Who issues tokens and whom they are for; the same on every node. Both `muster` unless given. */
  readonly issuer?: string;
  readonly audience?: string;
  /** Told after commit of whoever helps and of what changed about them. */
  readonly onVolunteerChange?: (state: VolunteerState) => void;
}

const MUSTER = 'muster';
const STANDING_READ_LIFE_MS = 15_000;
const STANDINGS_MAX = 100_000;

/** Opens the room: finds or makes the key pair that signs tokens. Rejects when the database does not answer. */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  const { db, clock, metrics, newId, accessTokenLifeMs: lifeMs } = options;
  const { issuer = MUSTER, audience = MUSTER, onVolunteerChange } = options;
  const log = options.log.named('accounts');
  const keys = await signingKeys(db, newId);
  const news = new StandingNews(log);
  const context: Context = {
    db,
    clock,
    log,
    metrics,
    newId,
    passwords: await openPasswords({ clock, metrics }),
    tokens: openTokens({ issuer, audience, lifeMs, keys, clock, log }),
    standings: new Standings(
      clock,
      metrics,
      {
        // A token is dated in whole seconds, so it lives up to a second longer than it says.
        changeLifeMs: lifeMs + 1_000,
        readLifeMs: STANDING_READ_LIFE_MS,
        entriesMax: STANDINGS_MAX,
      },
      (userId, { grants, suspended }) => news.tell({ kind: 'standing', userId, grants, suspended }),
    ),
    news,
    tellVolunteer: guarded(onVolunteerChange, log),
  };
  return {
    ...openRegistration(context),
    ...openSetup(context),
    ...openSignIn(context),
    ...openGrants(context),
    ...openVolunteers(context),
    grantsOf: (userId) => grantsOf(context, userId),
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
