import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../lib/package-root.ts';
import type { HashingAnswer, HashingWork } from './password-worker.ts';

/** A thread runs what was built, also when we run from source: Node alone reads no TypeScript. */
const ENTRY = fileURLToPath(new URL('dist/src/accounts/password-worker.js', packageRoot));

interface Pending {
  readonly work: HashingWork;
  readonly resolve: (value: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

/** One thread, started when first needed and again after it died. It keeps no process alive. */
class HashingThread {
  #worker: Worker | null = null;
  #pending: Pending | null = null;

  get free(): boolean {
    return this.#pending === null;
  }

  start(pending: Pending): void {
    this.#pending = pending;
    this.#worker ??= this.#open();
    this.#worker.ref();
    this.#worker.postMessage(pending.work);
  }

  #open(): Worker {
    const worker = new Worker(ENTRY);
    worker.on('message', (answer: HashingAnswer) => {
      const pending = this.#settle();
      if ('value' in answer) pending?.resolve(answer.value);
      else pending?.reject(new Error(`a password could not be hashed: ${answer.error}`));
      next();
    });
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', () => this.#died(worker, new Error('the thread that hashes passwords has ended')));
    return worker;
  }

  #settle(): Pending | null {
    const pending = this.#pending;
    this.#pending = null;
    this.#worker?.unref();
    return pending;
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    const pending = this.#settle();
    this.#worker = null;
    pending?.reject(error);
    next();
  }
}

/**
 * Threads of our own, because the four of libuv's pool are what disk syncs wait for. They belong to the process like
 * that pool does, however many rooms are opened in it: below the number of cores, with 19 MiB each while at work.
 */
const THREADS = [new HashingThread(), new HashingThread()];
const waiting: Pending[] = [];

/** How many hashes are made at the same time. */
export const THREAD_COUNT = THREADS.length;

function next(): void {
  const thread = THREADS.find(({ free }) => free);
  const pending = thread && waiting.shift();
  if (pending) thread.start(pending);
}

/** Does one piece of work on a thread. The caller bounds how many wait. */
export function onThread(work: HashingWork): Promise<string | boolean> {
  return new Promise((resolve, reject) => {
    waiting.push({ work, resolve, reject });
    next();
  });
}
