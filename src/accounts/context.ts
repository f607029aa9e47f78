import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Spending } from '../lib/spending.ts';
import type { Db } from '../store/db.ts';
import type { Passwords } from './passwords.ts';
import type { EndedSessions } from './sessions-ended.ts';
import type { StandingNews } from './standing-news.ts';
import type { Standings } from './standings.ts';
import type { Tokens } from './tokens.ts';
import type { VolunteerState } from './types.ts';

/** What the parts of this room share. */
export interface Context {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly newId: () => string;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  /** How long a token is good beyond its time at this moment: nothing but while the store is away. */
  readonly graceMs: () => number;
  readonly standings: Standings;
  readonly endedSessions: EndedSessions;
  readonly refreshTokenLifeMs: number;
  /** Whether dispatchers and administrators need a second factor to sign in. */
  readonly requireSecondFactor: boolean;
  readonly news: StandingNews;
  /** What is spent on other nodes of what is limited. */
  readonly spending: Spending;
  /** Never throws. */
  readonly tellVolunteer: (state: VolunteerState) => void;
}
