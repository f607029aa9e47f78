import { Worker } from 'node:worker_threads';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { packageRoot } from '../lib/package-root.ts';
import { ok, refused } from '../lib/result.ts';
import type { Asked, Told } from './gazetteer-messages.ts';
import { GazetteerError } from './read-gazetteer.ts';
import type { Places } from './types.ts';

export interface ThreadParts {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** As it is built: a thread can't load what is not. */
const WORKER = new URL('dist/src/places/gazetteer-worker.js', packageRoot);
const WITHIN_MS = 5_000;
/** Questions that wait for their answers; the next is told `busy`. */
const MOST_WAITING = 50;

type Found = Awaited<ReturnType<Places['search']>>;
const BUSY: Found = refused('busy', 'the search of places does not answer: set the point on the map');

/**
 * The list in a thread of its own: looking through all of it can take a second, for which no SOS may wait. Ready when the
 * file is read; the first answers wait for the index. Rejects with {@link GazetteerError}.
 */
export async function openGazetteerThread(parts: ThreadParts): Promise<Places & { stop(): Promise<void> }> {
  const { clock, file, log, metrics } = parts;
  const worker = new Worker(WORKER, { workerData: { file } });
  worker.unref();
  const waiting = new Map<number, (found: Found) => void>();
  let asked = 0;
  let isGone = false;
  const gone = (error: unknown) => {
    if (isGone) return;
    isGone = true;
    log.error(errorFields(error), 'the list of places is lost; dispatchers set points on the map');
    for (const answer of waiting.values()) answer(BUSY);
  };
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (told: Told) => {
      if (told.kind === 'found') waiting.get(told.id)?.(ok(told.places));
      else if (told.kind === 'problem') reject(new GazetteerError(told.sentence));
      else {
        log.info({ places: told.places, skipped: told.skipped }, 'the list of places is read');
        resolve();
      }
    });
    worker.on('error', (error) => {
      reject(error);
      gone(error);
    });
  }).catch(async (error: unknown) => {
    isGone = true;
    await worker.terminate();
    throw error;
  });
  return {
    search(words, limit) {
      if (isGone || waiting.size >= MOST_WAITING) {
        metrics.count('places_refused_total');
        return Promise.resolve(BUSY);
      }
      const id = asked++;
      return new Promise((resolve) => {
        const answer = (found: Found) => {
          cancel();
          waiting.delete(id);
          resolve(found);
        };
        const cancel = clock.after(WITHIN_MS, () => answer(BUSY));
        waiting.set(id, answer);
        worker.postMessage({ id, words, limit } satisfies Asked);
      });
    },
    async stop() {
      isGone = true;
      for (const answer of waiting.values()) answer(BUSY);
      await worker.terminate();
    },
  };
}
