import type { Random } from '../../lib/random.ts';
import { type Db, StoreUnavailable } from '../../store/db.ts';

/** How often, of 1, a call ends with {@link StoreUnavailable}: with nothing done, half done and undone, or all done. */
export interface FaultRates {
  readonly before: number;
  readonly during: number;
  readonly afterCommit: number;
}

export interface FaultyDb extends Db {
  faulty: boolean;
}

/** A database whose answers get lost while it is `faulty`, as those of a server behind a bad line do. */
export function faultyDb(db: Db, random: Random, rates: FaultRates): FaultyDb {
  const hits = (rate: number) => faulty.faulty && random() < rate;
  const lost = () => new StoreUnavailable('the answer was lost on purpose');
  const faulty: FaultyDb = {
    faulty: false,
    async query<Row>(...call: Parameters<Db['query']>) {
      if (hits(rates.before)) throw lost();
      const rows = await db.query<Row>(...call);
      if (hits(rates.afterCommit)) throw lost();
      return rows;
    },
    async transaction(work) {
      if (hits(rates.before)) throw lost();
      const dies = hits(rates.during);
      const value = await db.transaction(async (tx) => {
        const done = await work(tx);
        if (dies) throw lost();
        return done;
      });
      if (hits(rates.afterCommit)) throw lost();
      return value;
    },
    close: () => db.close(),
  };
  return faulty;
}
