import type { Clock } from '../../lib/clock.ts';
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
  clock: Clock,
  onError: (error: unknown) => void,
): () => void {
  let checkpointAt = 0;
  let atMs = clock.monotonicMs();
  let walSyncs = -1;
  let cancel = () => {};
  let isStopped = false;

  const look = async () => {
    if (counts.wal === walSyncs) return;
    const grownBytes = (await position(gate)) - checkpointAt;
    if (isStopped) return;
    const due = grownBytes >= CHECKPOINT_AFTER_BYTES || clock.monotonicMs() - atMs >= CHECKPOINT_AFTER_MS;
    if (!due) return;
    await gate.own('checkpoint');
    if (isStopped) return;
    checkpointAt = await position(gate);
    atMs = clock.monotonicMs();
    walSyncs = counts.wal;
  };
  const lookAgain = () => {
    if (isStopped) return;
    cancel = clock.after(LOOK_EVERY_MS, () => void look().then(lookAgain, onError));
  };
  lookAgain();
  return () => {
    isStopped = true;
    cancel();
  };
}

/** The end of the write-ahead log, in bytes since its beginning. */
async function position(gate: SessionGate): Promise<number> {
  return Number(await gate.own(`select pg_current_wal_lsn() - '0/0'::pg_lsn`));
}
