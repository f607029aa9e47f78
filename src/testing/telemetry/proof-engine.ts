import { MusterHttp } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import { firstAdministrator } from '../../sim/administrator.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import { People, type Person } from '../../sim/people.ts';

export interface ProofEngine {
  readonly engine: OwnEngine;
  readonly http: MusterHttp;
  readonly admin: Person;
  readonly people: People;
  /** Sentences about what should not have happened. */
  readonly troubles: string[];
}

/** The built engine as a process of its own on this database, with an administrator who may watch the map. */
export async function startProofEngine(databaseUrl: string, seed: number): Promise<ProofEngine> {
  const troubles: string[] = [];
  const engine = await OwnEngine.start({
    databaseUrl,
    env: process.env,
    onDeath: (sentence) => troubles.push(sentence),
  });
  const http = new MusterHttp(engine.url);
  const setupToken = engine.setupToken;
  if (setupToken === null) throw new Error('the database was used before');
  const admin = await firstAdministrator(http, setupToken);
  await http.setGrant(await admin.token(), admin.userId, 'dispatcher', true);
  const people = new People({ http, run: `proof${seed}`, clock: systemClock, random: seededRandom(seed) });
  return { engine, http, admin, people, troubles };
}
