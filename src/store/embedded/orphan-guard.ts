import { workerData } from 'node:worker_threads';

/**
 * A thread that ends its process once the parent is gone. The main thread hears of that too, but not while a
 * statement keeps it busy, and an orphan would go on holding the data directory.
 */
const parentPid: unknown = workerData;
const POLL_MS = 250;

// A sleep that needs no timer: this thread has nothing else to do, and nobody ever changes or notifies the cell.
const cell = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === parentPid) Atomics.wait(cell, 0, 0, POLL_MS);
process.kill(process.pid, 'SIGKILL');
