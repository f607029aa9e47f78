import pg from 'pg';
import { POSTGRES_MAJOR_MIN } from './binaries.ts';

/** A PostgreSQL with PostGIS that tests may create databases in. */
export interface PostgresServer {
  /** Connects as somebody who may create databases and extensions. */
  readonly connectionString: string;
  /** Where it came from, for people: "local binaries in …". */
  readonly origin: string;
  /** Stops what was started for the tests; nothing for a server that was there before. */
  stop(): Promise<void>;
}

/** One client for the time of `work`. */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  // An idle client whose server goes away emits an error that would end the process; the next query reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** "PostgreSQL 15.18 with PostGIS 3.3.2", or an error that says what the server lacks. */
export async function describeServer(connectionString: string): Promise<string> {
  return withClient(connectionString, async (client) => {
    const result = await client.query<{ version: string; major: number; postgis: string | null }>(
      `SELECT current_setting('server_version') AS version,
              current_setting('server_version_num')::int / 10000 AS major,
              (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis') AS postgis`,
    );
    const row = result.rows[0];
    if (!row || row.major < POSTGRES_MAJOR_MIN) {
      throw new Error(`the tests need PostgreSQL ${POSTGRES_MAJOR_MIN} or newer, this is ${row?.version}`);
    }
    if (row.postgis === null) throw new Error(`PostgreSQL ${row.version} has no PostGIS to create`);
    return `PostgreSQL ${row.version.split(' ')[0]} with PostGIS ${row.postgis}`;
  });
}
