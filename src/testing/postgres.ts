import { aptCommand, installPostgres } from './postgres/apt.ts';
import { findBinaries, POSTGRES_MAJOR_MIN } from './postgres/binaries.ts';
import { startCluster } from './postgres/cluster.ts';
import { dockerAnswers, startContainer } from './postgres/docker.ts';
import { describeServer, type PostgresServer } from './postgres/server.ts';

export type { PostgresServer } from './postgres/server.ts';

/** Names a server that is already there; the tests create databases in it and drop them again. */
export const SERVER_VARIABLE = 'MUSTER_TEST_DATABASE_URL';

/**
 * Finds or starts a PostgreSQL with PostGIS for the tests: the server named by the environment, local binaries,
 * Docker, apt-get; in that order.
 *
 * @param say is given lines for people: which server it became, and anything that takes its time.
 */
export async function findOrStartPostgres(say: (line: string) => void): Promise<PostgresServer> {
  const server = (await named()) ?? (await local()) ?? (await docker(say)) ?? (await installed(say));
  if (!server) {
    throw new Error(
      `The tests need PostgreSQL ${POSTGRES_MAJOR_MIN} or newer with PostGIS: set ${SERVER_VARIABLE} to a server ` +
        'where databases may be created, or install PostgreSQL and PostGIS, or start Docker.',
    );
  }
  say(`tests use ${await describe(server)} (${server.origin})`);
  return server;
}

async function describe(server: PostgresServer): Promise<string> {
  try {
    return await describeServer(server.connectionString);
  } catch (error) {
    await server.stop();
    throw new Error(`The test database (${server.origin}) can't be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Node reports a refused connection to a name with several addresses by a code and no words. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}

async function named(): Promise<PostgresServer | null> {
  const connectionString = process.env[SERVER_VARIABLE];
  if (!connectionString) return null;
  return { connectionString, origin: SERVER_VARIABLE, stop: async () => {} };
}

async function local(): Promise<PostgresServer | null> {
  const [best] = await findBinaries();
  return best?.hasPostgis ? startCluster(best) : null;
}

async function docker(say: (line: string) => void): Promise<PostgresServer | null> {
  if (!(await dockerAnswers())) return null;
  try {
    return await startContainer();
  } catch (error) {
    say(reasonOf(error));
    return null;
  }
}

async function installed(say: (line: string) => void): Promise<PostgresServer | null> {
  const apt = await aptCommand();
  if (!apt) return null;
  say('tests install PostgreSQL and PostGIS with apt-get, which takes a minute or two');
  try {
    await installPostgres(
      apt,
      (await findBinaries()).map(({ major }) => major),
    );
  } catch (error) {
    say(reasonOf(error));
    return null;
  }
  return local();
}
