import { workerData } from 'node:worker_threads';

/**
 * A thread that ends its process once the parent is gone. The main thread hears of that too, but not while a
 * statement keeps it busy, and an orphan would go on holding the data directory.
 */
const parentPid: unknown = workerData;
const POLL_MS = 250;

setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, POLL_MS);
