import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/** One connection of its own for a piece of work, closed after it. `answerWithinMs`: each statement. */
export async function onClient<T>(
  connection: pg.ClientConfig,
  answerWithinMs: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: answerWithinMs,
  });
  // A connection that breaks while nothing runs on it emits here; the next statement reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
