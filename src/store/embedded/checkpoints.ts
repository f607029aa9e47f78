import type { SyncCounts } from './durable-fs.ts';
import type { SessionGate } from './session-gate.ts';

const LOOK_EVERY_MS = 1_000;
const CHECKPOINT_AFTER_MS = 60_000;
const CHECKPOINT_AFTER_BYTES = 64 * 1024 * 1024;

/**
 * Single-user Postgres has no checkpointer: without this the write-ahead log, and with it the time of recovery,
 * grows for ever. A checkpoint stops all queries, 20 to 100 ms usually. Answers with a function that ends it.
 */
export function startCheckpoints(
  gate: SessionGate,
  counts: Readonly<SyncCounts>,
  onError: (error: unknown) => void,
): () => void {
  let lsn = '0/0';
  let atMs = performance.now();
  let walSyncs = -1;
  let looking = false;

  const look = async () => {
    if (counts.wal === walSyncs) return;
    const grown = Number(await gate.own(`select pg_current_wal_lsn() - '${lsn}'::pg_lsn`));
    if (lsn !== '0/0' && grown < CHECKPOINT_AFTER_BYTES && performance.now() - atMs < CHECKPOINT_AFTER_MS)
      return;
    await gate.own('checkpoint');
    lsn = (await gate.own('select pg_current_wal_lsn()')) ?? lsn;
    atMs = performance.now();
    walSyncs = counts.wal;
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch(onError)
      .finally(() => {
        looking = false;
      });
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
