import { randomUUID } from 'node:crypto';
import { type MusterHttp, signedInToken } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import type { People, Person } from './people.ts';
import type { ChoosePolicy } from './policies.ts';
import { scaledPolicy } from './scaled-policy.ts';
import { UsageError } from './usage-error.ts';

/** The first administrator of an engine of our own, by its one-time link. */
export async function firstAdministrator(http: MusterHttp, setupToken: string): Promise<Person> {
  const credentials = { email: 'administrator@simulation.example', password: randomUUID() };
  const { userId } = await http.setup({ ...credentials, setupToken, name: 'Administrator' });
  return { userId, token: signedInToken(http, credentials, systemClock) };
}

/** The administrator named by `MUSTER_ADMIN_EMAIL` and `MUSTER_ADMIN_PASSWORD`. */
export async function namedAdministrator(
  people: People,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Person> {
  const [email, password] = [env.MUSTER_ADMIN_EMAIL, env.MUSTER_ADMIN_PASSWORD];
  if (!email || !password) {
    throw new UsageError(
      'The engine of --url, or on a used database, has an administrator: set MUSTER_ADMIN_EMAIL and MUSTER_ADMIN_PASSWORD.',
    );
  }
  return await people.known({ email, password });
}

/** Puts the policy of the run in force, at its speed. The answer puts the one before it back. */
export async function scalePolicy(
  http: MusterHttp,
  admin: Person,
  choose: ChoosePolicy,
  speed: number,
): Promise<() => Promise<void>> {
  const { body } = await http.policy(await admin.token());
  await http.setPolicy(await admin.token(), scaledPolicy(choose(body), speed));
  return async () => {
    await http.setPolicy(await admin.token(), body);
  };
}
